"""What was wrong with a data set, as tables."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from client.records.dataset import ClassImages, Finding, LeftOut, Report
from client.terminal import figures
from client.terminal.plain import plain
from client.terminal.tables.table import Row, table

SEVERITIES = {"left out": "red", "error": "red", "warning": "yellow", "note": "cyan"}
SHOWN = 3  # examples of each finding; --json has all that the server lists
WIDEST = 20  # characters of a class's bar


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
            one.name,
            *(figures.count(count) for count in (one.train, one.validation, one.test)),
            "█" * round(WIDEST * one.train / largest),
        ]
        for one in classes
    )
    return table(["class", ">train", ">validation", ">test", ""], rows)
