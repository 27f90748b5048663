"""Records as tables."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from client.records import Calibration, Checkpoint, Estimate, Evaluation, Job, Plan, Point
from client.records.queue import Queue
from client.terminal import figures
from client.terminal.screen import failure, found, state, summary, tested

Row = Sequence[RenderableType]


def table(columns: Sequence[str], rows: Iterable[Row], title: str | None = None) -> Table:
    """A heading that starts with ">" is right-aligned. Cells are text, never markup."""
    grid = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        title=title,
        title_justify="left",
        title_style="bold",
    )
    for heading in columns:
        grid.add_column(
            heading.lstrip(">"), justify="right" if heading.startswith(">") else "left", no_wrap=True
        )
    for row in rows:
        grid.add_row(*(escape(cell) if isinstance(cell, str) else cell for cell in row))
    return grid


def jobs(records: Iterable[Job]) -> Table:
    rows: Iterable[Row] = (
        [
            job.id,
            state(job.state),
            f"{job.progress.step}/{job.progress.steps or figures.DASH}",
            figures.percent(job.evaluation.accuracy if job.evaluation else None),
            moment(job.created_at),
            job.name or "",
        ]
        for job in records
    )
    return table(["job", "state", ">step", ">test accuracy", "created", "name"], rows)


def queue(console: Console, record: Queue) -> None:
    """How many in a line, then those that run, then those that wait."""
    counts = [f"{figures.count(count)} {state}" for state, count in record.counts.items()]
    console.print(" · ".join([*counts, f"workers alive: {record.workers}"]), highlight=False)
    running: Iterable[Row] = (
        [
            one.id,
            state(one.state),
            f"{one.progress.step}/{one.progress.steps or figures.DASH}",
            str(one.priority),
            moment(one.started_at),
            one.worker or "",
            one.name or "",
        ]
        for one in record.running
    )
    if record.running:
        console.print(table(["job", "state", ">step", ">priority", "started", "worker", "name"], running))
    waiting = (
        [
            f"after {moment(one.not_before)}" if one.not_before else figures.count(one.position),
            one.id,
            str(one.priority),
            moment(one.created_at),
            one.name or "",
        ]
        for one in record.waiting
    )
    if record.waiting:
        console.print(table([">position", "job", ">priority", "created", "name"], waiting))


def job(console: Console, record: Job) -> None:
    """Everything about one job, its error and its history last."""
    facts = Table.grid(padding=(0, 2))
    for name, value in _facts(record):
        facts.add_row(name, escape(value) if isinstance(value, str) else value)
    console.print(facts)
    if record.error:
        console.print(failure(record.error), soft_wrap=True)
    if record.transitions:
        rows = [
            [moment(at), str(attempt or ""), what if event else state(what), why]
            for at, attempt, what, why, event in record.history()
        ]
        console.print(table(["at", "attempt", "what", "why"], rows))


def _facts(record: Job) -> Iterable[tuple[str, RenderableType]]:
    architecture, data, training = (
        record.spec.get(part) or {} for part in ("architecture", "data", "training")
    )
    yield "job", record.id
    if record.name:
        yield "name", record.name
    if record.labels:
        yield "labels", pairs(record.labels)
    yield "state", state(record.state)
    if record.queue_position:
        yield "queue", f"position {record.queue_position}"
    yield "progress", summary(record.progress)
    if record.evaluation:
        yield "tested", tested(record.evaluation)
    if record.lr_range:
        yield "found", found(record.lr_range)
    if record.progress.estimate:
        yield "estimate", expected(record.progress.estimate)
    yield "created", moment(record.created_at)
    if record.started_at:
        until = record.finished_at or datetime.now(record.started_at.tzinfo)
        yield "ran for", figures.duration((until - record.started_at).total_seconds())
    yield "attempt", f"{record.attempt} on {record.worker}" if record.worker else str(record.attempt)
    yield "network", pairs(architecture)
    yield "data", pairs(data)
    yield "training", pairs(training)


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


def moment(at: datetime | None) -> str:
    """In this machine's time zone."""
    return figures.DASH if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def pairs(mapping: dict[str, Any]) -> str:
    told = (
        (name, f"({pairs(value)})" if isinstance(value, dict) else value) for name, value in mapping.items()
    )
    return ", ".join(f"{name} {value}" for name, value in told if value is not None) or figures.DASH
