"""The running mean of a network's weights, which is often the better network (Polyak and Juditsky 1992)."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from model.network.vgg import VGG

Tensors = list[Tensor] | tuple[Tensor, ...]


class Average(AveragedModel):
    """Exponential moving average of weights and of batch normalization's running statistics, in `module`.

    The statistics are averaged with the same weights, as those of the current network belong to maps that the
    averaged one does not make. A network before its first update is its own average.
    """

    module: VGG

    def __init__(self, network: VGG, decay: float) -> None:
        super().__init__(network, use_buffers=True)
        self.requires_grad_(False)
        self.decay = decay

    def update(self, network: VGG) -> None:
        """After each step; costs a pass over all weights."""
        step = int(self.n_averaged)  # lies on the CPU
        self.multi_avg_fn = _moving(warmed(self.decay, step))
        self.update_parameters(network)


def warmed(decay: float, step: int) -> float:
    """Lower at first, so that a short run is not mostly its initial weights; `num_updates` of TensorFlow's average."""
    return min(decay, (1 + step) / (10 + step))


def _moving(decay: float) -> Callable[[Tensors, Tensors, Any], None]:
    average = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]

    @torch.no_grad()
    def move(averaged: Tensors, current: Tensors, count: Any) -> None:
        if averaged[0].is_floating_point():
            average(averaged, current, count)
        else:  # the number of batches seen: a mean of counts, rounded down, would be nothing's count
            for mine, theirs in zip(averaged, current, strict=True):
                mine.copy_(theirs)

    return move
