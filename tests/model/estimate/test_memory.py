"""The estimate of memory: what makes it larger, and what smaller. How near it is: `python -m benchmarks estimate`."""

from pathlib import Path
from typing import Any

import pytest

from model.data.catalog import facts_of
from model.estimate.cost import bill
from model.spec import JobSpec

ADAM = {"name": "adam", "learning_rate": 0.001}
MOMENTUM = {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9}


def a_bill(architecture: dict[str, Any] | None = None, **training: Any) -> Any:
    spec = JobSpec.model_validate(
        {
            "architecture": {"preset": "vgg11", **(architecture or {})},
            "data": {"dataset": "cifar10", "image_size": 64},
            "training": {
                "optimizer": {"name": "sgd", "learning_rate": 0.1},
                "batch_size": 512,
                "max_steps": 1,
                "precision": "fp32",
                **training,
            },
        }
    )
    return bill(spec, facts_of(spec.data, Path("datasets")))


def need(architecture: dict[str, Any] | None = None, **training: Any) -> int:
    return int(a_bill(architecture, **training).training_memory_bytes)


@pytest.mark.parametrize(
    "lighter",
    [
        {"batch_size": 256},
        {"accumulation_steps": 8},
        {"activation_checkpointing": True},
        {"precision": "bf16"},
    ],
    ids=str,
)
def test_each_means_of_saving_memory_saves_some(lighter: dict[str, Any]) -> None:
    assert need(**lighter) < need()


@pytest.mark.parametrize(
    ("heavier", "copies"),
    [({"optimizer": MOMENTUM}, 1), ({"optimizer": ADAM}, 2), ({"averaging": {"name": "ema"}}, 1)],
)
def test_states_and_averages_cost_whole_copies_of_the_weights(heavier: dict[str, Any], copies: int) -> None:
    assert need(**heavier) - need() == copies * 4 * a_bill().parameters


def test_other_activations_than_relu_keep_their_inputs() -> None:
    assert need({"activation": "gelu"}) > need()
