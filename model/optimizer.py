"""A spec's optimizer at work on a network's weights: each is torch's own, in its fastest form."""

from collections.abc import Callable, Iterable
from inspect import signature
from typing import Any

import torch
from torch import nn

from model.spec import optimizer
from model.spec.fields import Strict

OPTIMIZERS: dict[type[Strict], Callable[..., torch.optim.Optimizer]] = {
    optimizer.Sgd: torch.optim.SGD,
    optimizer.Adam: torch.optim.Adam,
    optimizer.AdamW: torch.optim.AdamW,
    optimizer.RMSprop: torch.optim.RMSprop,
    optimizer.Adagrad: torch.optim.Adagrad,
    optimizer.Adadelta: torch.optim.Adadelta,
}


def build(spec: optimizer.Optimizer, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """The spec's fields are the arguments of torch's class, but for `learning_rate`, there `lr`."""
    kind = OPTIMIZERS[type(spec)]
    # fused goes over the memory once; whichever optimizer has it in torch has it for CPU and CUDA alike. foreach goes
    # over it once for each operation.
    form = "fused" if "fused" in signature(kind).parameters else "foreach"
    options: dict[str, Any] = spec.model_dump(exclude={"name", "learning_rate"})
    return kind(parameters, lr=spec.learning_rate, **{form: True}, **options)
