"""Jobs, typed."""

from datetime import datetime
from typing import Any

from pydantic import Field

from client.records.record import Record
from client.records.score import Score

FINISHED = frozenset({"succeeded", "failed", "cancelled"})


class Estimate(Record):
    """What a job is expected to take, until its first batch; `seconds` None where no worker's speed is known."""

    seconds_per_step: float | None = None
    seconds: float | None = None
    no_seconds_because: str | None = None
    training_memory_bytes: int = 0


class Progress(Record):
    """Where a job stands. `loss` is None before the first batch and when it was NaN or infinite."""

    step: int = 0
    steps: int = 0
    epoch: float = 0.0
    loss: float | None = None
    accuracy: float | None = None
    learning_rate: float | None = None
    images_per_second: float | None = None
    eta_seconds: float | None = None
    estimate: Estimate | None = None


class LrRange(Record):
    """What a learning-rate range test found; rates are None where the loss never fell, or never diverged."""

    suggestion: float | None = None
    steepest_learning_rate: float | None = None
    lowest_loss: float | None = None
    diverged_at: float | None = None
    steps: int = 0


class JobError(Record):
    """Why a job failed; `log` holds the last lines of its trainer."""

    code: str
    message: str = ""
    hint: str | None = None
    retryable: bool = False
    log: list[str] = Field(default_factory=list)


class Transition(Record):
    """One move of a job; `before` is "from" on the wire."""

    before: str | None = Field(None, alias="from")
    to: str
    at: datetime
    reason: str | None = None
    attempt: int = 0


class Happening(Record):
    """What happened to a run of a job without ending the job: `resumed`, `rolled_back`, `disk_full` and others."""

    event: str
    at: datetime
    attempt: int = 0
    step: int = 0
    message: str = ""


class Job(Record):
    """A job; `transitions` and `events` are empty in lists."""

    id: str
    state: str
    name: str | None = None
    labels: dict[str, Any] = Field(default_factory=dict)
    priority: int = 0
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    attempt: int = 0
    queue_position: int | None = None
    spec: dict[str, Any] = Field(default_factory=dict)
    progress: Progress = Progress()
    evaluation: Score | None = None
    best: Score | None = None  # the most accurate one
    lr_range: LrRange | None = None
    batch_size: int | None = None
    error: JobError | None = None
    transitions: list[Transition] = Field(default_factory=list)
    events: list[Happening] = Field(default_factory=list)
    worker: str | None = None
    links: dict[str, str] = Field(default_factory=dict)

    @property
    def finished(self) -> bool:
        return self.state in FINISHED

    def history(self) -> list[tuple[datetime, int, str, str, bool]]:
        """Moves and events by time: when, in which attempt, what, why, and whether it was an event."""
        moves = [(move.at, move.attempt, move.to, move.reason or "", False) for move in self.transitions]
        events = [
            (each.at, each.attempt, each.event.replace("_", " "), each.message, True) for each in self.events
        ]
        return sorted(moves + events)
