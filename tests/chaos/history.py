"""What was seen from outside during a run: the evidence that the invariants are checked against.

Moments are seconds since the run began, by one monotonic clock.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple


class Point(NamedTuple):
    """Of one step of a series, in the digits that the API gives; None for NaN and infinity."""

    loss: float | None
    accuracy: float | None


class Place(NamedTuple):
    """Where a job stood when it was asked for its series."""

    attempt: int
    step: int


class Window(NamedTuple):
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Reference:
    """The end of the same spec, trained by one `python -m model` that nobody disturbed."""

    series: list[Point]  # of step 1 and on
    weights: str | None  # SHA-256 of model.safetensors; None for what leaves no model


@dataclass(slots=True)
class Trace:
    """Of one job whose POST was answered 201."""

    id: str
    reference: str  # name of it
    end: str  # the state that it must end in, unless cancelled
    code: str | None = None  # of its error then
    cancelled: bool = False  # a cancel was answered 202
    cancel_may_have_come: bool = False  # one was not answered, or 503: the store may have got it all the same
    seen: dict[int, list[Point]] = field(default_factory=dict)  # step -> every different point given for it
    places: list[Place] = field(default_factory=list)  # one after another, each different from the one before
    record: dict[str, Any] | None = None  # GET /jobs/{id} at the end; None when there is no such job
    token: int | None = None  # of the last claim, at the end
    series: list[tuple[int, Point]] = field(default_factory=list)  # (step, point) at the end, as it was read
    models: dict[str, str] = field(
        default_factory=dict
    )  # SHA-256 of the weights of each finished model by its path
    parts: list[str] = field(default_factory=list)  # files half-written, at the end

    @property
    def state(self) -> str:
        return str(self.record["state"]) if self.record else "missing"

    @property
    def moves(self) -> list[dict[str, Any]]:
        return list(self.record["transitions"]) if self.record else []


@dataclass(slots=True)
class Life:
    """Of one process: when it was first and last seen, and when it was found stopped (SIGSTOP)."""

    role: str
    pid: int
    parent: int  # when it was first seen
    job: str | None  # of a trainer
    first: float
    last: float
    stops: list[Window] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer of 500 or more."""

    at: float
    request: str
    status: int


@dataclass(slots=True)
class History:
    seed: int
    lease: float  # seconds
    references: dict[str, Reference] = field(default_factory=dict)
    traces: dict[str, Trace] = field(default_factory=dict)  # by the job's id
    lives: list[Life] = field(default_factory=list)
    outages: dict[str, list[Window]] = field(default_factory=dict)  # role -> when none of it ran
    answers: int = 0  # of the API, whatever they said
    failures: list[Failure] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)  # that hit somebody
    missed: dict[str, int] = field(default_factory=dict)  # that found nobody to hit
    leftovers: list[str] = field(default_factory=list)  # processes that ran on after everything was stopped
    quiet_since: float = 0.0  # Unix seconds: when the last fault was over
    seconds: float = 0.0  # from the first fault to the end of the last job

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))
