"""What the service says of models and their names, typed."""

from datetime import datetime
from typing import Any

from pydantic import Field

from client.records.record import Page, Record
from client.records.score import Score


class TrainedOn(Record):
    """The data set of a model, as it was named; those that are built in have no `id`."""

    name: str | None = None
    id: str | None = None
    sha256: str | None = None


class Parity(Record):
    """How far an export agrees with its model, on `images` of `split`, "test" or "random"."""

    split: str
    images: int = 0
    largest_difference: float | None = None
    agreement: float | None = None


class Export(Record):
    """The certificate of a model's file in another format."""

    format: str
    bytes: int = 0
    sha256: str
    model_sha256: str = ""
    parity: Parity
    versions: dict[str, str] = Field(default_factory=dict)


class Model(Record):
    """A finished job that can predict; `classes` are its labels by index."""

    job_id: str
    name: str | None = None
    aliases: tuple[str, ...] = ()
    created_at: datetime | None = None
    dataset: TrainedOn = TrainedOn()
    classes: tuple[str, ...] = ()
    parameters: int | None = None
    step: int | None = None
    accuracy: float | None = None
    loss: float | None = None


class Outcome(Record):
    """Of one engine beside torch in fp32; `agreement` is the share of images whose class is the same."""

    engine: str
    agreement: float | None = None  # None: it failed
    largest_difference: float | None = None  # of any two probabilities
    largest_ood_difference: float | None = None
    cost_ms: float | None = None  # of a core, for one image alone
    error: str | None = None


class Trial(Record):
    """Which engine serves the model on a machine, and why."""

    engine: str
    images: int = 0  # of the test split that were asked about
    outcomes: tuple[Outcome, ...] = ()
    machine: dict[str, str] = Field(default_factory=dict)


class ModelInFull(Model):
    """One alone: also what was measured, what is done to images, exports that were made, engines tried."""

    attempt: int | None = None
    bytes: int = 0
    sha256: str = ""
    evaluation: Score | None = None
    preprocessing: dict[str, Any] = Field(default_factory=dict)
    calibration: dict[str, Any] = Field(default_factory=dict)
    spec: dict[str, Any] = Field(default_factory=dict)
    exports: tuple[Export, ...] = ()
    trials: tuple[Trial, ...] = ()


class AliasMove(Record):
    """`before` and `after`, "from" and "to" on the wire, are ids of jobs."""

    at: datetime
    before: str | None = Field(None, alias="from")
    after: str | None = Field(None, alias="to")


class Alias(Record):
    """A name for the model of a job; None once it was deleted. `history` is empty in lists."""

    alias: str
    job_id: str | None = None
    moved_at: datetime | None = None
    history: tuple[AliasMove, ...] = ()


Models = Page[Model]
Aliases = Page[Alias]
