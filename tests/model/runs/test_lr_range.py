"""The learning-rate range test: on series that are known, and as a run on real Fashion-MNIST that is interrupted."""

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from model.runs.lr_range import RangeTest, swept
from model.runs.run import Row, Run
from model.spec import JobSpec
from model.training.schedule import learning_rate
from tests.model.test_main import TINY

STEPS = 200


def a_spec(**body: Any) -> JobSpec:
    return JobSpec.model_validate({**TINY, "mode": "lr_range", **body})


def rate(step: int) -> float:
    return float(10 ** (-6 + 7 * step / (STEPS - 1)))


def heard(losses: list[float]) -> RangeTest:
    test = RangeTest(STEPS)
    for step, loss in enumerate(losses):
        test.hear(loss, rate(step))
    return test


def test_the_rate_rises_by_the_same_factor_at_every_step() -> None:
    spec = swept(a_spec(lr_range={"minimum": 1e-4, "maximum": 1.0}))
    rates = [learning_rate(spec.training, step, STEPS) for step in range(STEPS)]
    assert (rates[0], rates[-1]) == pytest.approx((1e-4, 1.0))
    assert [b / a for a, b in pairwise(rates)] == pytest.approx([rates[1] / rates[0]] * (STEPS - 1))


def test_the_suggestion_is_a_tenth_of_the_rate_at_which_the_loss_was_lowest() -> None:
    valley = [
        2.3 / (1 + math.exp((step - 100) / 5)) + 0.1 + max(0, step - 140) / 100 for step in range(STEPS)
    ]
    finding = heard(valley).finding()
    assert finding.steepest_learning_rate == pytest.approx(rate(100), rel=0.5)
    assert finding.suggestion == pytest.approx(rate(140) / 10, rel=0.5)


def test_a_long_fall_at_tiny_rates_does_not_make_the_suggestion_tiny() -> None:
    from_far = [7.0 - 5 * min(1, step / 50) for step in range(100)]  # weights that begin far from any answer
    valley = from_far + [2.0 - 1.5 * min(1, step / 50) for step in range(60)]
    finding = heard(valley).finding()
    assert finding.suggestion is not None
    assert finding.suggestion > 10 * (finding.steepest_learning_rate or math.inf)


@pytest.mark.parametrize("last", [math.nan, math.inf, 1e6])
def test_a_loss_that_is_no_number_or_far_above_the_lowest_is_the_end(last: float) -> None:
    test = heard([2.0] * 100)
    assert test.diverged_at is None
    test.hear(last, rate(100))
    assert test.diverged_at == pytest.approx(rate(100), rel=1e-6)
    assert test.finding().suggestion is None  # it never fell


def of(rows: list[Row], kind: str) -> list[Row]:
    return [row for row in rows if row["kind"] == kind]


def test_a_run_ends_by_diverging_and_leaves_no_model(tmp_path: Path) -> None:
    optimizer = {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9}
    training = {**TINY["training"], "optimizer": optimizer, "max_steps": 60}
    spec = a_spec(training=training, lr_range={"minimum": 1e-4, "maximum": 100})
    rows = list(Run(spec, tmp_path, tmp_path / "run"))
    (finding,) = of(rows, "lr_range")
    assert 1e-5 < finding["suggestion"] < finding["diverged_at"] < 100
    assert not (tmp_path / "run" / "model").exists()
    assert of(rows, "report") == []


def test_interrupted_and_started_again_it_finds_the_same(tmp_path: Path) -> None:
    spec = a_spec(training={**TINY["training"], "max_steps": 100})
    whole = list(Run(spec, tmp_path, tmp_path / "whole"))
    first = Run(spec, tmp_path, tmp_path / "parts")
    for row in first:
        first.stopping |= row["kind"] == "batch" and row["step"] == 30
    assert row == {"kind": "stopped", "step": 30}
    resumed = list(Run(spec, tmp_path, tmp_path / "parts"))
    assert of(resumed, "start")[0]["step"] == 30
    assert of(resumed, "lr_range") == of(whole, "lr_range")


def test_a_range_without_its_mode_or_upside_down_is_refused() -> None:
    for body in ({"mode": "train", "lr_range": {}}, {"lr_range": {"minimum": 1.0, "maximum": 0.1}}):
        with pytest.raises(ValueError, match=r"lr_range|minimum"):
            a_spec(**body)
    assert a_spec().lr_range is not None
