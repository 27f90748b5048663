"""Blends of two images of a batch and of their labels: torchvision's, drawn from the stream of their step."""

from collections.abc import Callable

import torch
from torch import Tensor

from model.spec.mixing import Mixing

Mix = Callable[[Tensor, Tensor, torch.Generator], tuple[Tensor, Tensor]]


def mixer(mixing: Mixing | None, classes: int) -> Mix:
    """From images (B, C, H, W) and labels (B,) to blends and each class's share in them, (B, classes).

    Each image is blended with its neighbour in the batch, all in one proportion. Without mixing both stay as they are.
    """
    if mixing is None:
        return lambda images, labels, random: (images, labels)
    from model.training.transforms import BLENDS  # torchvision, only where it is needed

    blend = BLENDS[mixing.name](alpha=mixing.alpha, num_classes=classes)

    def mix(images: Tensor, labels: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
        with torch.random.fork_rng(devices=()):  # torchvision draws from the global stream, on the CPU
            torch.set_rng_state(random.get_state())
            blends, shares = blend(images, labels)
        return blends, shares

    return mix


def largest(targets: Tensor) -> Tensor:
    """Labels (B,) of targets that are labels (B,) already, or shares (B, classes)."""
    return targets if targets.ndim == 1 else targets.argmax(1)
