"""The queue of a server, typed."""

from datetime import datetime

from client.records.job import Progress
from client.records.record import Record


class Waiting(Record):
    """A queued job. `position` 1 runs next; None while it waits out the pause that follows a crash."""

    id: str
    position: int | None = None
    not_before: datetime | None = None
    name: str | None = None
    priority: int = 0
    created_at: datetime


class Running(Record):
    """A job that a worker holds; `state` is pausing or cancelling once it was asked to stop."""

    id: str
    state: str
    name: str | None = None
    priority: int = 0
    worker: str | None = None
    started_at: datetime | None = None
    progress: Progress = Progress()


class Queue(Record):
    """One page of the waiting jobs, in the order in which they will run; all the rest is whole on every page."""

    counts: dict[str, int]
    workers: int
    running: list[Running]
    waiting: list[Waiting]
    has_more: bool = False
    next_after: str | None = None
