"""Data sets, and what was wrong with them, as tables."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from client.records.dataset import BuiltIn, ClassImages, Dataset, Finding, LeftOut, Report, Sample
from client.terminal import figures
from client.terminal.screen import failure, state
from client.terminal.tables import Row, moment, pairs, table

SEVERITIES = {"left out": "red", "error": "red", "warning": "yellow", "note": "cyan"}
SHOWN = 3  # examples of each finding; --json has all that the server lists
WIDEST = 20  # characters of a class's bar


def datasets(records: Iterable[Dataset]) -> Table:
    rows: Iterable[Row] = (
        [
            ", ".join(one.names) or one.id,
            state(one.state),
            figures.count(len(one.classes) if one.classes else None),
            figures.count(sum(one.images.values()) if one.images else None),
            shape(one),
            moment(one.created_at),
            plain(one.upload.filename),
        ]
        for one in records
    )
    return table(["data set", "state", ">classes", ">images", "size", "created", "file"], rows)


def built_in(records: Iterable[BuiltIn]) -> Table:
    rows: Iterable[Row] = (
        [
            one.name,
            "ready" if one.present else "to be downloaded",
            figures.count(one.classes),
            figures.count(one.train_images + one.test_images),
            f"{one.image_size}×{one.image_size}×{one.channels}",
        ]
        for one in records
    )
    return table(["built in", "state", ">classes", ">images", "size"], rows)


def dataset(console: Console, record: Dataset) -> None:
    """Everything about one, its error last."""
    facts = Table.grid(padding=(0, 2))
    for name, value in _facts(record):
        facts.add_row(name, Text(value) if isinstance(value, str) else value)
    console.print(facts)
    if record.error:
        console.print(failure(record.error), soft_wrap=True)


def _facts(record: Dataset) -> Iterator[tuple[str, RenderableType]]:
    yield "data set", record.id
    yield "names", ", ".join(record.names) or figures.DASH
    yield "state", state(record.state)
    progress = record.progress
    if not record.finished and progress.steps:
        told = f"{progress.stage}: {figures.count(progress.step)} of {figures.count(progress.steps)}"
        yield "progress", f"{told} · ETA {figures.duration(progress.eta_seconds)}"
    upload = record.upload
    yield "upload", f"{plain(upload.filename)} · {figures.size(upload.bytes)} · SHA-256 {upload.sha256}"
    yield "prepared", pairs(record.preparation)
    yield "created", moment(record.created_at)
    if record.started_at:
        until = record.finished_at or datetime.now(record.started_at.tzinfo)
        yield "took", figures.duration((until - record.started_at).total_seconds())
    if record.images and record.classes:
        yield "images", f"{_images(record.images)} · {shape(record)}, {record.fit}"
        yield "classes", f"{len(record.classes)}: {plain(', '.join(record.classes))}"


def ready(record: Dataset) -> str:
    """A line of what it holds."""
    classes = figures.count(len(record.classes or ()))
    return f"{classes} classes · {_images(record.images or {})} · {shape(record)}"


def _images(counts: dict[str, int]) -> str:
    splits = ", ".join(f"{split} {figures.count(count)}" for split, count in counts.items() if count)
    return f"{figures.count(sum(counts.values()))} images ({splits})"


def summary(record: Report) -> str:
    """A line of what became of the files, and of how many findings there are of each severity."""
    counts = [f"{figures.count(count)} {name.replace('_', ' ')}" for name, count in record.counts if count]
    found = Counter(finding.severity for finding in record.findings)
    severities = [f"{found[kind]} {kind}{'s' * (found[kind] > 1)}" for kind in sorted(found, key=_gravity)]
    return " · ".join([*counts, *severities])


def headlines(record: Report) -> Iterator[Text]:
    """A line for each thing that is wrong; notes are for the whole report."""
    wrong = [("left out", one.code, one.count) for one in record.left_out]
    wrong += [(one.severity, one.code, one.count) for one in record.findings if one.severity != "note"]
    for severity, code, count in sorted(wrong, key=lambda each: _gravity(each[0])):
        text = Text(f"{severity}: ", style=SEVERITIES.get(severity, ""))
        yield text.append(f"{code.replace('_', ' ')} ({figures.count(count)})", style="default")


def _gravity(severity: str) -> int:
    """The gravest first, and what a newer server may add last."""
    return list(SEVERITIES).index(severity) if severity in SEVERITIES else len(SEVERITIES)


def report(console: Console, record: Report) -> None:
    """What became of the files, what is wrong with them and what to do, then the classes."""
    console.print(summary(record), highlight=False)
    findings = sorted(record.findings, key=lambda finding: _gravity(finding.severity))
    if record.left_out or findings:
        grid = table(
            ["severity", ">count", "what, and what to do"],
            [*map(_left_out, record.left_out), *map(_finding, findings)],
        )
        grid.columns[-1].no_wrap = False
        console.print(grid)
    for note in record.notes:
        console.print(f"Note: {plain(note)}", markup=False, highlight=False, soft_wrap=True)
    if record.ignored:
        ignored = _listed([f"{file.path} ({file.message})" for file in record.ignored], record.counts.ignored)
        console.print(Text("Ignored:").append(ignored), soft_wrap=True)
    if record.classes:
        console.print(_balance(record.classes))


def _left_out(one: LeftOut) -> Row:
    return _row("left out", one.code, one.count, one.message, [file.path for file in one.files])


def _finding(one: Finding) -> Row:
    examples = one.examples or [" = ".join(group) for group in one.groups]
    return _row(one.severity, one.code, one.count, one.message, examples)


def _row(severity: str, code: str, count: int, message: str, examples: Sequence[str]) -> Row:
    style = SEVERITIES.get(severity, "")
    what = Text(code.replace("_", " "), style="bold").append(f"\n{plain(message)}", style="not bold")
    return [Text(severity, style=style), figures.count(count), Group(what, _listed(examples, count))]


def _listed(examples: Sequence[str], count: int) -> Text:
    """The first, a line each, and how many more there are."""
    shown = [f"  {plain(example)}" for example in examples[:SHOWN]]
    rest = count - len(shown)
    more = [f"  and {figures.count(rest)} more"] if shown and rest > 0 else []
    return Text("\n".join([*shown, *more]), style="dim")


def _balance(classes: Sequence[ClassImages]) -> Table:
    largest = max(one.train for one in classes) or 1
    rows = (
        [
            plain(one.name),
            *(figures.count(count) for count in (one.train, one.validation, one.test)),
            "█" * round(WIDEST * one.train / largest),
        ]
        for one in classes
    )
    return table(["class", ">train", ">validation", ">test", ""], rows)


def samples(records: Iterable[Sample], written: Sequence[Path] = ()) -> Table:
    """`written` are files of the records, in their order."""
    places = dict(enumerate(map(str, written)))
    rows = (
        [str(one.row), one.split, plain(one.label), plain(one.path), places.get(number, "")]
        for number, one in enumerate(records)
    )
    return table([">row", "split", "label", "file in the upload", "written to" if written else ""], rows)


def shape(record: Dataset) -> str:
    size = record.image_size
    return f"{size}×{size}×{record.channels}" if size else figures.DASH


def plain(text: str) -> str:
    """Names come from strangers: what could steer a terminal is shown as a question mark."""
    return "".join(character if character.isprintable() else "?" for character in text)
