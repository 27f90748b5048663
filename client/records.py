"""What the service answers, typed. Fields that a newer server adds are kept and never break reading.

Losses are cross-entropy in nats, accuracies fractions of 1, sizes bytes, durations seconds.
"""

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item", bound=BaseModel)

FINISHED = frozenset({"succeeded", "failed", "cancelled"})


class Record(BaseModel):
    """Frozen; unknown fields are kept, so that `text()` shows all that the server said."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)

    def text(self, indent: int | None = 2) -> str:
        """The record as JSON; `indent=None` for one line."""
        return self.model_dump_json(by_alias=True, indent=indent)


class Page(Record, Generic[Item]):
    """Part of a list; `next_after` is the cursor of the next part."""

    data: list[Item]
    has_more: bool = False
    next_after: str | None = None


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


class Score(Record):
    """Mean loss and accuracy over a whole split, after `step` batches of training."""

    step: int
    split: str = "test"
    loss: float | None = None
    accuracy: float | None = None
    images: int | None = None


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
    log: list[str] = []


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
    labels: dict[str, Any] = {}
    priority: int = 0
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    attempt: int = 0
    queue_position: int | None = None
    spec: dict[str, Any] = {}
    progress: Progress = Progress()
    evaluation: Score | None = None
    lr_range: LrRange | None = None
    batch_size: int | None = None
    error: JobError | None = None
    transitions: list[Transition] = []
    events: list[Happening] = []
    worker: str | None = None
    links: dict[str, str] = {}

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


class Point(Record):
    """One batch. `time` is unix seconds; `loss` is None when it was NaN or infinite."""

    step: int
    epoch: float = 0.0
    loss: float | None = None
    accuracy: float | None = None
    learning_rate: float | None = None
    images_per_second: float | None = None
    time: float = 0.0


class MetricsPage(Record):
    """`complete`: the job is finished and nothing comes after `next_after`."""

    job_id: str
    attempt: int = 0
    state: str
    points: list[Point]
    next_after: int
    last_step: int = 0
    complete: bool = False


class ClassScore(Record):
    """One class of a test; a ratio without a denominator is None."""

    index: int
    label: str
    images: int = 0
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None


class Mistake(Record):
    """A test image (`index` in its split) that the network got most wrong."""

    index: int
    label: str
    predicted: str
    probability: float | None = None
    loss: float | None = None


class Confidence(Record):
    """A bin of a reliability diagram: test images by the probability of their likeliest class."""

    lower: float
    upper: float
    images: int = 0
    confidence: float | None = None
    accuracy: float | None = None


class Calibration(Record):
    """How far probabilities can be trusted; "before" is without the temperature that logits are divided by."""

    temperature: float
    fitted_on: str = ""
    measured_on: str = ""
    images: int = 0
    ece_before: float | None = None  # expected calibration error
    ece: float | None = None
    nll_before: float | None = None
    nll: float | None = None
    bins: list[Confidence] = []


class Evaluation(Score):
    """The newest test of a job in full; `confusion_matrix` has true classes as rows."""

    job_id: str
    top_k: dict[str, float] = {}
    classes: list[ClassScore] = []
    confusion_matrix: list[list[int]] = []
    hardest: list[Mistake] = []
    calibration: Calibration | None = None  # older jobs have none


class CheckpointScore(Record):
    """Of an evaluation at a checkpoint's step."""

    split: str
    loss: float | None = None
    accuracy: float | None = None


class Checkpoint(Record):
    """Weights kept on the server, with the training batch's figures at that step, and an evaluation's if it had one."""

    step: int
    attempt: int = 0
    bytes: int = 0
    sha256: str = ""
    time: float = 0.0  # unix seconds
    loss: float | None = None
    accuracy: float | None = None
    evaluation: CheckpointScore | None = None
    best: bool = False


class Layer(Record):
    """A row of the layer table; `output` is [channels, height, width] or [features]."""

    name: str
    kind: str
    output: list[int] = []
    parameters: int = 0
    flops: int = 0


class Plan(Record):
    """What a spec would build and cost, without queueing it; `spec` has its presets expanded."""

    spec: dict[str, Any]
    layers: list[Layer] = []
    parameters: int = 0
    flops_per_image: int = 0
    training_memory_bytes: int = 0
    batch_size: int | None = None
    steps: int | None = None
    images_per_epoch: int | None = None
    device: str | None = None
    precision: str | None = None
    seconds_per_step: float | None = None
    seconds: float | None = None
    no_seconds_because: str | None = None
    warnings: list[Any] = []


class Ready(Record):
    """`checks` names what the service needs, each "ok" or what is wrong with it."""

    status: str
    checks: dict[str, str] = {}

    @property
    def ok(self) -> bool:
        return self.status in {"ok", "ready"}
