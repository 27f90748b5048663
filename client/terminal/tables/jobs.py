"""Jobs and the queue as tables."""

from collections.abc import Iterable
from datetime import datetime

from rich.console import Console, RenderableType
from rich.table import Table

from client.records.job import Job
from client.records.queue import Queue
from client.terminal import figures
from client.terminal.tables.plan import expected
from client.terminal.tables.table import Row, facts, moment, pairs, table
from client.terminal.words import failure, found, state, summary, tested


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
    facts(console, _facts(record))
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
