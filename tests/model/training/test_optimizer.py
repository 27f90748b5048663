"""Optimizers against torch's own."""

from inspect import signature
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter
from torch import nn

from model.spec.fields import Strict
from model.spec.optimizer import Optimizer
from model.training.optimizer import OPTIMIZERS, build

NAMES = ["sgd", "adam", "adamw", "rmsprop", "adagrad", "adadelta"]


def spec(name: str, **fields: Any) -> Optimizer:
    chosen: Optimizer = TypeAdapter(Optimizer).validate_python({"name": name, "learning_rate": 0.1, **fields})
    return chosen


def a_layer() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(3, 2)


@pytest.mark.parametrize("kind", OPTIMIZERS, ids=lambda kind: kind.__name__)
def test_fields_and_defaults_are_torchs(kind: type[Strict]) -> None:
    theirs = signature(OPTIMIZERS[kind]).parameters
    for name, field in kind.model_fields.items():
        if name not in ("name", "learning_rate"):
            assert field.default == theirs[name].default, name


@pytest.mark.parametrize("name", NAMES)
def test_a_step_is_that_of_torchs_plain_loop(name: str) -> None:
    ours, theirs = a_layer(), a_layer()
    chosen = spec(name, weight_decay=0.01)
    fields = chosen.model_dump(exclude={"name", "learning_rate"})
    plain = OPTIMIZERS[type(chosen)](theirs.parameters(), lr=0.1, foreach=False, **fields)
    for layer, optimizer in ((ours, build(chosen, ours.parameters())), (theirs, plain)):
        for step in range(1, 4):
            optimizer.zero_grad()
            layer(torch.arange(3.0) * step).square().sum().backward()
            optimizer.step()
    torch.testing.assert_close(ours.state_dict(), theirs.state_dict())


@pytest.mark.parametrize("name", NAMES)
def test_an_optimizer_takes_torchs_fused_kernel_where_there_is_one(name: str) -> None:
    options = build(spec(name), a_layer().parameters()).defaults
    assert options.get("fused") or options["foreach"]
    assert bool(options.get("fused")) == hasattr(torch, f"_fused_{name}_")
