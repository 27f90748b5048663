"""Models and aliases as tables."""

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table

from client.records.model import Alias, Export, Model, ModelInFull
from client.terminal import figures
from client.terminal.tables.table import facts, moment, pairs, table


def models(records: Iterable[Model]) -> Table:
    rows = (
        [
            model.job_id,
            ", ".join(model.aliases),
            model.dataset.name or "",
            figures.count(model.parameters),
            figures.percent(model.accuracy),
            figures.loss(model.loss),
            moment(model.created_at),
            model.name or "",
        ]
        for model in records
    )
    head = ["job", "aliases", "dataset", ">parameters", ">accuracy", ">loss", "created", "name"]
    return table(head, rows)


def model(console: Console, record: ModelInFull) -> None:
    """Everything about one, the exports that were made of it last."""
    facts(console, _facts(record))
    if record.exports:
        console.print(exports(record.exports))


def exports(records: Iterable[Export]) -> Table:
    rows = (
        [
            one.format,
            figures.size(one.bytes),
            f"{figures.count(one.parity.images)} {one.parity.split}",
            figures.percent(one.parity.agreement),
            figures.rate(one.parity.largest_difference),
            one.sha256,
        ]
        for one in records
    )
    return table(["format", ">size", ">compared on", ">agreement", ">largest difference", "sha256"], rows)


def aliases(records: Iterable[Alias]) -> Table:
    return table(
        ["alias", "job", "since"],
        ([one.alias, one.job_id or figures.DASH, moment(one.moved_at)] for one in records),
    )


def moves(record: Alias) -> Table:
    """What an alias has meant, the newest last."""
    rows = ([moment(one.at), one.before or figures.DASH, one.after or figures.DASH] for one in record.history)
    return table(["at", "from", "to"], rows)


def _facts(record: ModelInFull) -> Iterator[tuple[str, str]]:
    yield "model", f"{record.job_id}{f' · {record.name}' if record.name else ''}"
    if record.aliases:
        yield "aliases", ", ".join(record.aliases)
    if record.evaluation:
        score = record.evaluation
        yield "tested", f"loss {figures.loss(score.loss)} · accuracy {figures.percent(score.accuracy)}"
    yield "data set", " · ".join(filter(None, (record.dataset.name, record.dataset.id)))
    yield "classes", ", ".join(record.classes)
    yield "size", f"{figures.count(record.parameters)} parameters · {figures.size(record.bytes)}"
    yield "images", pairs(record.preprocessing)
    yield "calibration", pairs(record.calibration)
    yield "from", f"attempt {record.attempt}, step {figures.count(record.step)}"
    yield "network", pairs(record.spec.get("architecture", {}))
    yield "sha256", record.sha256
