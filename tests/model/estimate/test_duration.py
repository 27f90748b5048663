"""Time by arithmetic, on a machine whose every speed is known."""

from pathlib import Path
from typing import Any

import pytest

from model.data.catalog import facts_of
from model.estimate.cost import UNMEASURED, bill
from model.hardware.machine import Machine
from model.spec import JobSpec
from tests.machine import MACHINE, SPEED
from tests.model.test_main import TINY


def a_bill(machine: Machine | None = MACHINE, **training: Any) -> Any:
    spec = JobSpec.model_validate(
        {**TINY, "training": {**TINY["training"], "precision": "fp32", "max_steps": 40, **training}}
    )
    return bill(spec, facts_of(spec.data, Path("datasets")), machine)


def test_a_step_takes_its_flops_three_times_and_its_start() -> None:
    plan = a_bill()
    flops = 3 * 32 * plan.flops_per_image
    assert plan.seconds_per_step == pytest.approx(2 * (0.25 + flops * 1e-9))


def test_the_whole_run_takes_its_steps_and_its_evaluations() -> None:
    once, often = a_bill(), a_bill(evaluation_interval=10)  # of 40 steps: three times on the way
    per_test = 2 * 10_000 * once.flops_per_image * 1e-9
    assert once.seconds == pytest.approx(40 * once.seconds_per_step + per_test)
    assert often.seconds - once.seconds == pytest.approx(3 * per_test)


def test_auto_is_costed_in_the_precision_that_the_machine_would_choose() -> None:
    plan = a_bill(precision="auto")  # batch normalization, and a machine with bf16
    assert (plan.precision, plan.device) == ("bf16", "cpu")
    assert plan.seconds_per_step < a_bill().seconds_per_step


def test_recomputation_takes_longer_and_parts_start_more_layers() -> None:
    assert a_bill(activation_checkpointing=True).seconds_per_step > a_bill().seconds_per_step
    slow_start = {"fp32": SPEED.model_copy(update={"layer": 1.0})}
    machine = MACHINE.model_copy(update={"speeds": slow_start})
    parts = a_bill(machine, accumulation_steps=8).seconds_per_step
    assert parts > 7 * a_bill(machine).seconds_per_step


def test_without_a_measurement_the_time_is_null_and_says_why() -> None:
    plan = a_bill(None)
    assert (plan.seconds, plan.seconds_per_step, plan.no_seconds_because) == (None, None, UNMEASURED)
    elsewhere = a_bill(device="cuda")
    assert elsewhere.seconds is None
    assert "cuda" in elsewhere.no_seconds_because
