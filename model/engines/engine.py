"""An engine: what computes a network up to its last layer.

The last layer, the temperature and the comparison with known images are the model's own, in fp32, whoever computed what
goes into them.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from model.evaluation.familiar import peaks
from model.network.vgg import VGG


class Seen(NamedTuple):
    """Of N images."""

    hidden: Tensor  # fp32 (N, width): what the last layer takes
    peaks: Tensor  # fp32 (N, C): the largest value of each of the last maps


See = Callable[[Tensor], Seen]
"""Of images (N, channels, S, S) as the model prepares them, on the model's device."""


@dataclass(frozen=True, slots=True)
class Engine:
    name: str
    see: See
    bytes: int  # of memory beside the network's own weights
    threads: Callable[[], AbstractContextManager[None]]  # of torch, for what is left to do after it


@dataclass(frozen=True, slots=True)
class Kind:
    """How an engine is made: `write` once, in a process of its own, which may take a minute; `open` at every load."""

    usable: Callable[[torch.device], bool]
    open: Callable[[VGG, Path], tuple[See, int]]  # from what `write` left in a folder; also `Engine.bytes`
    write: Callable[[VGG, Tensor, Path], None] | None = None  # with two training images or more, prepared
    threads: Callable[[], AbstractContextManager[None]] = nullcontext


class Body(nn.Module):
    """The network without its last layer, in its own weights' precision."""

    def __init__(self, network: VGG) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.network.features(images.to(next(self.network.parameters()).dtype))
        return self.network.reduce(maps).float(), peaks(maps)

    @property
    def bytes(self) -> int:
        return sum(each.nbytes for each in self.parameters())
