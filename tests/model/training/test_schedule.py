"""Schedules against torch's own."""

from typing import Any

import pytest
import torch
from torch.optim import lr_scheduler

from model.spec import Training
from model.training.schedule import learning_rate

STEPS = 100


def rates(schedule: dict[str, Any]) -> list[float]:
    training = Training.model_validate(
        {
            "optimizer": {"name": "sgd", "learning_rate": 0.4},
            "schedule": schedule,
            "batch_size": 1,
            "max_steps": STEPS,
        }
    )
    return [learning_rate(training, step, STEPS) for step in range(STEPS)]


def torch_rates(make: Any) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.4)
    scheduler = make(optimizer)
    found = []
    for _ in range(STEPS):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


@pytest.mark.parametrize(
    ("schedule", "make"),
    [
        ({"name": "constant"}, lambda o: lr_scheduler.ConstantLR(o, 1.0)),
        ({"name": "step", "step_size": 30, "gamma": 0.5}, lambda o: lr_scheduler.StepLR(o, 30, 0.5)),
        ({"name": "cosine", "minimum": 0.25}, lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS, 0.1)),
        ({"name": "one_cycle"}, lambda o: lr_scheduler.OneCycleLR(o, 0.4, STEPS, cycle_momentum=False)),
        (
            {"name": "one_cycle", "rise": 0.5},
            lambda o: lr_scheduler.OneCycleLR(o, 0.4, STEPS, pct_start=0.5, cycle_momentum=False),
        ),
    ],
)
def test_rates_are_those_of_torch(schedule: dict[str, Any], make: Any) -> None:
    assert rates(schedule) == pytest.approx(torch_rates(make), rel=1e-6)


def test_warm_up_rises_linearly_to_the_first_rate() -> None:
    assert rates({"name": "constant", "warmup_steps": 4})[:5] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.4])
