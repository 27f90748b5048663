"""When a checkpoint is due: by steps, by seconds, at every evaluation."""

from typing import Any

import pytest

from model.runs.pace import Pace
from model.spec import Training
from model.training.metrics import BatchMetrics, Evaluation


class Clock:
    """The time that a pace goes by, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("time.monotonic", clock)
    return clock


def a_pace(**training: Any) -> Pace:
    sgd = {"name": "sgd", "learning_rate": 0.1}
    return Pace(Training.model_validate({"optimizer": sgd, "batch_size": 8, "max_steps": 1000, **training}))


def batch(step: int) -> BatchMetrics:
    return BatchMetrics(step, 0.0, 1.0, 0.5, 0.1, 100.0, 0.0)


def evaluation(step: int) -> Evaluation:
    return Evaluation(step, "test", 10, 1.0, 0.5, 0.1)


def due(pace: Pace, steps: int = 12) -> list[int]:
    return [step for step in range(1, steps + 1) if pace.is_due(batch(step))]


def saved(pace: Pace, clock: Clock, seconds: float) -> None:
    with pace.saving():
        clock.now += seconds


def test_after_thirty_seconds_where_the_spec_sets_nothing(clock: Clock) -> None:
    paced = a_pace()
    assert due(paced) == []
    clock.now += 29
    assert due(paced) == []
    clock.now += 2
    assert due(paced, 1) == [1]


def test_saving_takes_no_more_than_half_a_hundredth_of_the_time(clock: Clock) -> None:
    paced = a_pace()
    saved(paced, clock, 2.0)
    clock.now += 399
    assert due(paced) == []
    clock.now += 2
    assert due(paced, 1) == [1]


def test_a_save_that_failed_is_not_tried_again_at_once(clock: Clock) -> None:
    paced = a_pace()
    clock.now += 31
    with pytest.raises(OSError, match="full"), paced.saving():
        raise OSError("full")
    assert due(paced) == []
    clock.now += 31
    assert due(paced, 1) == [1]


def test_by_steps_alone_where_only_they_are_set(clock: Clock) -> None:
    paced = a_pace(checkpoint_interval=5)
    clock.now += 10_000
    assert due(paced) == [5, 10]


def test_by_seconds_however_long_saving_takes(clock: Clock) -> None:
    paced = a_pace(checkpoint_seconds=4)
    saved(paced, clock, 60.0)
    clock.now += 5
    assert due(paced, 1) == [1]
    saved(paced, clock, 0.0)
    assert due(paced) == []


def test_by_steps_and_by_seconds_where_both_are_set(clock: Clock) -> None:
    paced = a_pace(checkpoint_interval=5, checkpoint_seconds=60)
    assert due(paced) == [5, 10]
    clock.now += 61
    assert due(paced, 2) == [1, 2]


def test_at_every_evaluation_and_not_just_before_it(clock: Clock) -> None:
    paced = a_pace(evaluation_interval=4, checkpoint_interval=2)
    clock.now += 10_000
    assert due(paced) == [2, 6, 10]
    assert paced.is_due(evaluation(4))
    assert a_pace().is_due(evaluation(4))
