"""Each invariant of tests/chaos finds a violation that is planted in a history where all of them hold."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from tests.chaos import plan
from tests.chaos.history import Failure, History, Life, Place, Point, Reference, Trace, Window
from tests.chaos.invariants import INVARIANTS

SERIES = [Point(2.3, 0.1), Point(2.2, 0.2), Point(2.1, 0.3)]
REFERENCE = "plain 0"


def path(*states: str) -> list[dict[str, Any]]:
    """Transitions through the states; each time it runs is another attempt."""
    moves, attempt = [], 0
    for before, after in zip([None, *states], states, strict=False):
        attempt += after == "running"
        moves.append({"from": before, "to": after, "attempt": attempt, "reason": ""})
    return moves


def trace(name: str, *states: str, steps: int = 3) -> Trace:
    series = list(enumerate(SERIES[:steps], 1))
    return Trace(
        name,
        REFERENCE,
        end="succeeded",
        cancelled=states[-1] == "cancelled",
        seen={step: [point] for step, point in series},
        places=[Place(1, 2), Place(2, 2), Place(2, 1), Place(2, steps)],
        record={
            "state": states[-1],
            "transitions": path(*states),
            "progress": {"step": steps},
            "error": None,
        },
        token=states.count("running"),
        series=series,
        models={"model/model.safetensors": "ab"} if states[-1] == "succeeded" else {},
    )


def history() -> History:
    """Two jobs, one of them cancelled. The first moved to another worker while its own was stopped."""
    moved = trace("moved", "queued", "running", "queued", "running", "succeeded")
    ended = trace("ended", "queued", "running", "cancelling", "cancelled", steps=2)
    ended.places, ended.seen[3] = (
        [Place(1, 2)],
        [SERIES[2]],
    )  # shown, and lost with the trainer before the cancel
    return History(
        seed=0,
        lease=3.0,
        references={REFERENCE: Reference(SERIES, "ab")},
        traces={"moved": moved, "ended": ended},
        lives=[
            Life("worker", 1, 0, None, 0.0, 60.0, [Window(5.0, 12.0)]),
            Life("trainer", 11, 1, "moved", 2.0, 19.0),
            Life("trainer", 21, 2, "moved", 9.0, 40.0),
        ],
        outages={"redis": [Window(50.0, 55.0)]},
        answers=100,
        failures=[Failure(56.0, "GET /jobs/moved/metrics", 503)],
    )


def violations(name: str, of: History) -> list[str]:
    return [found for found in INVARIANTS[name](of) if found]


@pytest.mark.parametrize("name", INVARIANTS)
def test_an_invariant_holds_where_nothing_is_wrong(name: str) -> None:
    found = list(INVARIANTS[name](history()))
    assert found == [None] * len(found) != []


def _moved(change: Callable[[Trace], Any]) -> Callable[[History], Any]:
    return lambda of: change(of.traces["moved"])


def _record(**fields: Any) -> Callable[[History], Any]:
    return _moved(lambda job: job.record.update(fields) if job.record else None)


PLANTED: dict[str, tuple[str, Callable[[History], Any]]] = {
    "a job that never ended": ("I1", _record(state="queued", transitions=path("queued"))),
    "a job that ended twice": (
        "I1",
        _record(transitions=path("queued", "running", "succeeded", "succeeded")),
    ),
    "a job that failed for no reason of its own": (
        "I1",
        _record(state="failed", error={"code": "crashed"}, transitions=path("queued", "running", "failed")),
    ),
    "a job that was cancelled by nobody": ("I1", lambda of: setattr(of.traces["ended"], "cancelled", False)),
    "an attempt that was given twice": ("I2", _moved(lambda job: job.moves[3].update(attempt=1))),
    "a token that was raised by nobody": ("I2", _moved(lambda job: setattr(job, "token", 3))),
    "an attempt that was forgotten": ("I2", _moved(lambda job: job.places.append(Place(1, 3)))),
    "a step written by a worker that had lost the job": (
        "I2",
        _moved(lambda job: job.places.extend([Place(2, 9), Place(2, 3)])),
    ),
    "two trainers at once though both workers run": ("I3", lambda of: of.lives[0].stops.clear()),
    "a trainer that stays when its worker goes on": ("I3", lambda of: setattr(of.lives[1], "last", 30.0)),
    "a step that is missing": ("I4", _moved(lambda job: job.series.pop(1))),
    "a step that is there twice": ("I4", _moved(lambda job: job.series.insert(1, job.series[0]))),
    "a series that ends too soon": ("I4", _moved(lambda job: job.series.pop())),
    "a loss that differs": ("I5", _moved(lambda job: job.series.__setitem__(2, (3, Point(9.9, 0.3))))),
    "weights that differ": ("I5", _moved(lambda job: job.models.update({"2/model/model.safetensors": "cd"}))),
    "a success without a model": ("I5", _moved(lambda job: job.models.clear())),
    "a job that is gone": ("I6", _moved(lambda job: setattr(job, "record", None))),
    "a point that changed after it was shown": (
        "I6",
        _moved(lambda job: job.seen[2].insert(0, Point(0.0, 0.0))),
    ),
    "a point beyond the end": ("I6", _moved(lambda job: job.seen.update({4: [Point(2.0, 0.4)]}))),
    "a move that is not in the table": ("I7", _record(transitions=path("queued", "succeeded"))),
    "a history with a gap": ("I7", _moved(lambda job: job.moves[3].update({"from": "paused"}))),
    "a success after an accepted cancel": ("I8", _moved(lambda job: setattr(job, "cancelled", True))),
    "a process that nobody stopped": ("I9", lambda of: of.leftovers.append("trainer 11")),
    "half a file": ("I9", _moved(lambda job: job.parts.append("checkpoints/step-000000010.pt.part"))),
    "a fault of the server": ("I10", lambda of: of.failures.append(Failure(52.0, "GET /jobs/moved", 500))),
    "a 503 while nothing was away": (
        "I10",
        lambda of: of.failures.append(Failure(20.0, "GET /jobs/moved", 503)),
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_an_invariant_finds(planted: str) -> None:
    name, plant = PLANTED[planted]
    spoilt = history()
    plant(spoilt)
    assert violations(name, spoilt)


def test_a_seed_fixes_the_jobs_and_the_faults() -> None:
    weights = {"kill a worker": 2, "stop Redis": 1}

    def planned(seed: int) -> tuple[list[plan.Order], list[plan.Strike]]:
        return plan.orders(40, seed), list(islice(plan.strikes(weights, seed), 40))

    assert planned(1) == planned(1) != planned(2)


def test_every_invariant_has_something_planted_for_it() -> None:
    assert {name for name, _ in PLANTED.values()} == set(INVARIANTS)
