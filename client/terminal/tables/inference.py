"""What the Open Inference Protocol says, as tables."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from client.records.inference import InferenceModel, InferenceServer, Tensor
from client.terminal.tables.table import Row, facts, table

SHOWN = 5  # values of a tensor; --json has all


def server(console: Console, record: InferenceServer) -> None:
    extensions = ", ".join(record.extensions)
    facts(console, [("server", f"{record.name} {record.version}"), ("extensions", extensions)])


def model(console: Console, record: InferenceModel) -> None:
    """What it is, then what goes in, then what comes out."""
    facts(
        console,
        [
            ("model", record.name),
            ("versions", ", ".join(record.versions)),
            ("platform", record.platform),
        ],
    )
    for title, tensors_ in (("in", record.inputs), ("out", record.outputs)):
        console.print(table([title, "type", "shape"], map(_described, tensors_)))


def tensors(records: Iterable[Tensor]) -> Table:
    """With their first values."""
    return table(["output", "type", "shape", "data"], ([*_described(one), _values(one)] for one in records))


def _described(one: Tensor) -> Row:
    return [one.name, one.datatype, "×".join("any" if size < 0 else str(size) for size in one.shape)]


def _values(one: Tensor) -> str:
    values = one.data or []
    shown = ", ".join(f"{value:.4g}" if isinstance(value, float) else str(value) for value in values[:SHOWN])
    return f"{shown}, …" if len(values) > SHOWN else shown
