"""What training says and leaves, as tables."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from client.records.batch import Point
from client.records.checkpoint import Checkpoint
from client.records.picture import Picture
from client.records.score import Calibration, Evaluation, Score
from client.records.suspect import Suspects
from client.terminal import figures
from client.terminal.tables.table import Row, table
from client.terminal.words import tested


def points(records: Iterable[Point]) -> Table:
    rows = (
        [
            str(point.step),
            f"{point.epoch:.3f}",
            figures.loss(point.loss),
            figures.percent(point.accuracy),
            figures.rate(point.learning_rate),
            figures.count(point.images_per_second),
        ]
        for point in records
    )
    return table([">step", ">epoch", ">loss", ">accuracy", ">learning rate", ">images/s"], rows)


def evaluations(records: Iterable[Score]) -> Table:
    rows: Iterable[Row] = (
        [
            figures.count(one.step),
            one.split,
            figures.loss(one.loss),
            figures.percent(one.accuracy),
            figures.count(one.images),
        ]
        for one in records
    )
    return table([">step", "split", ">loss", ">accuracy", ">images"], rows)


def evaluation(console: Console, record: Evaluation) -> None:
    """The result in a line, then a row a class; a class's accuracy is its recall."""
    top = "".join(f" · top-{k} {figures.percent(share)}" for k, share in record.top_k.items() if k != "1")
    images = f" · {figures.count(record.images)} images" if record.images else ""
    console.print(f"{tested(record)}{top}{images}", highlight=False)
    if record.calibration:
        console.print(calibrated(record.calibration), highlight=False, soft_wrap=True)
    rows = (
        [
            one.label,
            figures.count(one.images),
            figures.percent(one.recall),
            figures.percent(one.precision),
            figures.percent(one.f1),
        ]
        for one in record.classes
    )
    console.print(table(["class", ">images", ">accuracy", ">precision", ">F1"], rows))


def calibrated(record: Calibration) -> str:
    """A line of how far probabilities are from the share of images that are right."""
    errors = f"{figures.percent(record.ece_before)} before, {figures.percent(record.ece)} after"
    return f"calibration error {errors} division by temperature {record.temperature:.3g} (from {record.fitted_on})"


def checkpoints(records: Iterable[Checkpoint]) -> Table:
    """By rising step; the best one is starred."""
    rows: Iterable[Row] = (
        [
            f"{one.step:,}{' *' if one.best else ''}",
            str(one.attempt),
            figures.loss(one.loss),
            figures.loss(one.evaluation.loss if one.evaluation else None),
            figures.percent(one.evaluation.accuracy if one.evaluation else None),
            figures.size(one.bytes),
        ]
        for one in records
    )
    return table([">step", ">attempt", ">batch loss", ">evaluated loss", ">accuracy", ">size"], rows)


def pictures(records: Iterable[Picture], written: Sequence[Path] = ()) -> Table:
    """`written` are files of the records, in their order."""
    places = dict(enumerate(map(str, written)))
    rows: Iterable[Row] = (
        [
            str(one.row),
            one.label,
            one.mistake.predicted if one.mistake else "",
            figures.loss(one.mistake.loss) if one.mistake else "",
            places.get(number, ""),
        ]
        for number, one in enumerate(records)
    )
    return table([">row", "label", "mistaken for", ">loss", "written to" if written else ""], rows)


def suspects(console: Console, record: Suspects) -> None:
    """How many were looked at, then a row each, the worst first."""
    judged = f"{figures.count(record.judged)} of {figures.count(record.images)} training images judged"
    console.print(" · ".join(filter(None, (judged, record.note))), highlight=False, soft_wrap=True)
    rows: Iterable[Row] = (
        [
            figures.loss(one.loss),
            one.label,
            one.predicted,
            one.split,
            str(one.index),
            one.path or "",
        ]
        for one in record.data
    )
    console.print(table([">mean loss", "label", "predicted", "split", ">index", "file"], rows))
