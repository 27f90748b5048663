"""A run that is cut off, wherever and however often, ends as one that never was."""

import copy
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from model.data.dataset import Dataset
from model.runs.run import Run
from model.spec import JobSpec
from model.training.metrics import BatchMetrics, Evaluation
from model.training.train import Trainer
from tests.model.attempts import Row, attempt, result

FULL: dict[str, Any] = {
    "architecture": {"blocks": [[1, 4], [1, 8]], "classifier": [16], "dropout": 0.5, "batch_norm": True},
    "data": {
        "dataset": "fashion-mnist",
        "augmentation": ["horizontal_flip", "pad_crop"],
        "validation_split": 0.01,
    },
    "training": {
        "optimizer": {"name": "adamw", "learning_rate": 0.01},
        "schedule": {"name": "one_cycle"},
        "mixing": {"name": "cutmix"},
        "label_smoothing": 0.1,
        "averaging": {"name": "ema", "decay": 0.9},
        "early_stopping": {"patience": 3},
        "batch_size": 16,
        "accumulation_steps": 2,
        "max_steps": 60,
        "evaluation_interval": 6,
        "checkpoint_interval": 4,
    },
}
KILLED = -signal.SIGKILL


def after(rows: int) -> Callable[[Row], bool]:
    left = iter(range(rows))
    return lambda _: next(left, None) is None


def full(**training: Any) -> dict[str, Any]:
    return {**FULL, "training": {**FULL["training"], **training}}


def test_killed_again_and_again_it_ends_with_the_same_bytes(tmp_path: Path) -> None:
    spec = full(max_steps=120, early_stopping={"patience": 30})
    whole = list(Run(JobSpec.model_validate(spec), tmp_path, tmp_path / "whole"))
    chance = random.Random(0)
    killed, last = 0, None
    while last is None or last.status == KILLED:
        rows = chance.randrange(20, 150)
        last = attempt(spec, tmp_path / "parts", after(rows))
        killed += last.status == KILLED
    assert last.status == 0
    assert killed
    assert result(last.folder) == result(tmp_path / "whole")
    assert last.of("report") == [row for row in whole if row["kind"] == "report"]


def test_stopped_where_an_evaluation_is_due_it_makes_it_when_it_goes_on(tmp_path: Path) -> None:
    spec = JobSpec.model_validate(full(evaluation_interval=8, max_steps=20, early_stopping=None))
    whole = list(Run(spec, tmp_path, tmp_path / "whole"))
    stopped = Run(spec, tmp_path, tmp_path / "parts")
    first = []
    for row in stopped:
        first.append(row)
        stopped.stopping |= row["kind"] == "batch" and row["step"] == 8
    assert [row["kind"] for row in first[-3:]] == ["batch", "checkpoint", "stopped"]
    second = list(Run(spec, tmp_path, tmp_path / "parts"))
    scores = [(row["step"], row["loss"]) for row in whole if row["kind"] == "evaluation"]
    assert [step for step, _ in scores] == [8, 16]
    assert [(row["step"], row["loss"]) for row in second if row["kind"] == "evaluation"] == scores
    assert result(tmp_path / "parts") == result(tmp_path / "whole")


def told(fact: BatchMetrics | Evaluation) -> tuple[Any, ...]:
    """Without times."""
    return type(fact).__name__, fact.step, fact.loss, fact.accuracy


def held(trainer: Trainer) -> dict[str, Any]:
    """A copy of what it goes on from, but for the rate, which each step sets."""
    state = copy.deepcopy(trainer.state_dict())
    for group in state["optimizer"]["param_groups"]:
        group["lr"] = None
    return state


def same(one: Any, other: Any) -> bool:
    """To the last bit."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_interrupted_at_any_moment_it_goes_on_with_the_next(stripes: Dataset, precision: str) -> None:
    """Also between a batch and the evaluation that it is owed.

    It says the same next, and is in the same state then: so each interruption after it ends the same as well.
    """
    spec = JobSpec.model_validate(full(precision=precision, max_steps=40, early_stopping={"patience": 4}))
    dataset = stripes.with_validation(20, 0)
    whole = Trainer(spec, dataset)
    after, state = Trainer(spec, dataset), held(whole)
    for cut, fact in enumerate(whole):
        torch.manual_seed(cut)  # another process, another random state
        after = Trainer(spec, dataset)
        after.load_state_dict(state)
        assert told(next(iter(after))) == told(fact), cut
        state = held(whole)
        assert same(held(after), state), cut
    assert list(after) == []
    assert after.report() == whole.report()
