"""bf16 by torch: half the bytes of every weight and map."""

import copy
from pathlib import Path

import torch
from torch import Tensor

from model.engines import compiled
from model.engines.engine import Body, Kind, See, Seen
from model.hardware.device import has_native_bf16
from model.network.vgg import VGG

ONE_IMAGE = "torch-bf16.pt2"  # compiled, where that wins


def _rounded(network: VGG) -> Body:
    """The weights are rounded once, not at every pass as autocast does it."""
    return copy.deepcopy(Body(network)).to(torch.bfloat16).requires_grad_(False)


def _write(network: VGG, examples: Tensor, folder: Path) -> None:
    if next(network.parameters()).device.type == "cpu":
        image = examples[:1].contiguous(memory_format=torch.channels_last)
        compiled.write(_rounded(network), image, folder / ONE_IMAGE)


def _open(network: VGG, folder: Path) -> tuple[See, int]:
    body = _rounded(network)
    alone = compiled.read(folder / ONE_IMAGE) if (folder / ONE_IMAGE).exists() else body

    def see(images: Tensor) -> Seen:
        return Seen(*(alone if len(images) == 1 else body)(images))

    return see, body.bytes * (1 if alone is body else 2)


BF16 = Kind(has_native_bf16, _open, _write)
