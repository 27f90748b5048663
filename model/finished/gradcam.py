"""Where in a picture a network sees a class: Grad-CAM, Selvaraju et al. 2017, arXiv 1610.02391.

The maps are those of the last convolution after its activation and before its pooling: the pooling hands each gradient
to the value that it took, so the weights are the same on both sides of it, and before it the maps tell places twice as
finely. What is explained is the class's log odds, its logit less those of the others together: a logit alone means
little, as the same number added to all of them changes no probability.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from model.network.vgg import ACTIVATIONS, VGG
from model.spec import Architecture

# Where a heat of 0, 0.5, 0.75 and 1 is shown in which colour, and how much of the picture it covers.
HEATS, COLOURS, MOST_COVERED = (
    (0.0, 0.5, 0.75, 1.0),
    ((90, 0, 90), (220, 30, 30), (250, 150, 0), (255, 255, 60)),
    0.7,
)


def gradcam(network: VGG, architecture: Architecture, image: Tensor, target: int) -> Tensor:
    """How much each place of an image (1, channels, S, S) speaks for class number `target`: (S, S), from 0 to 1.

    All zero where nothing does. Costs a forward pass, and the way back through the classifier alone.
    """
    with torch.no_grad():
        maps = _last_maps(network, architecture, image)
    maps.requires_grad_()
    pool = architecture.blocks[-1].pool
    with torch.enable_grad():
        logits = network.classify(F.max_pool2d(maps, pool, 2) if pool else maps)
        others = torch.arange(logits.shape[1], device=logits.device) != target
        odds = logits[0, target] - logits[0, others].logsumexp(0)
        (gradient,) = torch.autograd.grad(odds, maps)
    weights = gradient.mean((2, 3), keepdim=True)
    heat = (weights * maps.detach()).sum(1, keepdim=True).relu()
    large = F.interpolate(heat, image.shape[-2:], mode="bilinear", align_corners=False)[0, 0]
    return large / large.max() if large.any() else large


def overlay(picture: NDArray[np.uint8], heat: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture (S, S, 1 or 3) under the colours of its heat (S, S): (S, S, 3). Where it is cold, the picture shows."""
    share = heat / 255
    colours = np.stack([np.interp(share, HEATS, channel) for channel in zip(*COLOURS, strict=True)], axis=-1)
    covered = MOST_COVERED * share[..., None]
    mixed = (1 - covered) * picture + covered * colours
    return mixed.round().astype(np.uint8)


def _last_maps(network: VGG, architecture: Architecture, image: Tensor) -> Tensor:
    """(1, C, h, w); by the block's layers one by one, as the built one pools before its activation where it may."""
    *blocks, last = network.features
    for block in blocks:
        image = block(image)
    number = architecture.blocks[-1].convolutions
    end = f"norm{number}" if architecture.batch_norm else f"conv{number}"
    for name, layer in last.named_children():
        image = layer(image)
        if name == end:
            break
    maps: Tensor = ACTIVATIONS[architecture.activation]()(image)
    return maps
