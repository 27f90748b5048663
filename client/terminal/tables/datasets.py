"""Data sets as tables."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console, RenderableType
from rich.table import Table

from client.records.dataset import BuiltIn, Dataset, Sample
from client.terminal import figures
from client.terminal.tables.table import Row, facts, moment, pairs, table
from client.terminal.words import failure, state


def datasets(records: Iterable[Dataset]) -> Table:
    rows: Iterable[Row] = (
        [
            ", ".join(one.names) or one.id,
            state(one.state),
            figures.count(len(one.classes) if one.classes else None),
            figures.count(sum(one.images.values()) if one.images else None),
            shape(one),
            moment(one.created_at),
            one.upload.filename,
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
    facts(console, _facts(record))
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
    yield "upload", f"{upload.filename} · {figures.size(upload.bytes)} · SHA-256 {upload.sha256}"
    yield "prepared", pairs(record.preparation)
    yield "created", moment(record.created_at)
    if record.started_at:
        until = record.finished_at or datetime.now(record.started_at.tzinfo)
        yield "took", figures.duration((until - record.started_at).total_seconds())
    if record.images and record.classes:
        yield "images", f"{_images(record.images)} · {shape(record)}, {record.fit}"
        yield "classes", f"{len(record.classes)}: {', '.join(record.classes)}"


def ready(record: Dataset) -> str:
    """A line of what it holds."""
    classes = figures.count(len(record.classes or ()))
    return f"{classes} classes · {_images(record.images or {})} · {shape(record)}"


def _images(counts: dict[str, int]) -> str:
    splits = ", ".join(f"{split} {figures.count(count)}" for split, count in counts.items() if count)
    return f"{figures.count(sum(counts.values()))} images ({splits})"


def samples(records: Iterable[Sample], written: Sequence[Path] = ()) -> Table:
    """`written` are files of the records, in their order."""
    places = dict(enumerate(map(str, written)))
    rows = (
        [str(one.row), one.split, one.label, one.path, places.get(number, "")]
        for number, one in enumerate(records)
    )
    return table([">row", "split", "label", "file in the upload", "written to" if written else ""], rows)


def shape(record: Dataset) -> str:
    size = record.image_size
    return f"{size}×{size}×{record.channels}" if size else figures.DASH
