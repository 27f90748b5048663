"""What a spec would build and cost, as a table."""

from rich.console import Console

from client.records.job import Estimate
from client.records.plan import Plan
from client.terminal import figures
from client.terminal.tables.table import table


def plan(console: Console, record: Plan) -> None:
    """The layer table with its totals, and the warnings."""
    rows = (
        [
            layer.name,
            layer.kind,
            "×".join(map(str, layer.output)),
            figures.count(layer.parameters),
            figures.size(layer.flops, "FLOP"),
        ]
        for layer in record.layers
    )
    console.print(table(["layer", "kind", "output", ">parameters", ">per image"], rows))
    console.print(
        f"{figures.count(record.parameters)} parameters · "
        f"{figures.size(record.flops_per_image, 'FLOP')} an image · "
        f"{figures.count(record.steps)} steps of {figures.count(record.batch_size)} images",
        highlight=False,
    )
    console.print(expected(record), highlight=False, soft_wrap=True)
    for warning in record.warnings:
        text = warning.get("message", warning) if isinstance(warning, dict) else warning
        console.print(f"Warning: {text}", style="yellow", markup=False, soft_wrap=True)


def expected(record: Plan | Estimate) -> str:
    """A line of memory and time, or why the time is not known."""
    memory = f"{figures.size(record.training_memory_bytes)} to train"
    if record.seconds is None or record.seconds_per_step is None:
        return f"{memory} · time unknown: {record.no_seconds_because}"
    step, whole = figures.milliseconds(record.seconds_per_step), figures.duration(record.seconds)
    return f"{memory} · {step} a step · {whole} in all"
