"""A spec's optimizer at work on a network's weights: each is torch's own, in its fastest form."""

from collections.abc import Callable, Iterable
from inspect import signature, unwrap
from typing import Any

import torch
from torch import nn

from model.spec import optimizer
from model.spec.fields import Strict

OPTIMIZERS: dict[type[Strict], type[Any]] = {
    optimizer.Sgd: torch.optim.SGD,
    optimizer.Adam: torch.optim.Adam,
    optimizer.AdamW: torch.optim.AdamW,
    optimizer.RMSprop: torch.optim.RMSprop,
    optimizer.Adagrad: torch.optim.Adagrad,
    optimizer.Adadelta: torch.optim.Adadelta,
}
WRAPPED = ("step", "zero_grad", "add_param_group", "state_dict", "load_state_dict")


def build(spec: optimizer.Optimizer, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """The spec's fields are the arguments of torch's class, but for `learning_rate`, there `lr`."""
    kind = OPTIMIZERS[type(spec)]
    # fused goes over the memory once; whichever optimizer has it in torch has it for CPU and CUDA alike. foreach goes
    # over it once for each operation.
    form = "fused" if "fused" in signature(kind).parameters else "foreach"
    options: dict[str, Any] = spec.model_dump(exclude={"name", "learning_rate"})
    return _bare(kind)(parameters, lr=spec.learning_rate, **{form: True}, **options)


def _bare(kind: type[Any]) -> Callable[..., torch.optim.Optimizer]:
    """It without what torch wraps its methods in for the sake of torch.compile.

    The wrappers import torch's whole compiler, nearly half of the time that a trainer takes to its first batch, and
    nothing is compiled here.
    """
    methods = {name: unwrap(getattr(kind, name)) for name in WRAPPED}
    methods["step"] = torch.no_grad()(methods["step"])
    return type(kind.__name__, (kind,), methods)
