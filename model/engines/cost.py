"""What an image costs."""

import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

ROUNDS, PASSES = 5, 4
Way = Callable[[Tensor], object]


def cost(way: Way, images: Tensor) -> float:
    """Milliseconds for one of the images (N, channels, S, S) alone: of a core, or of the GPU's time."""
    return costs([way], images)[0]


@torch.inference_mode()
def costs(ways: Sequence[Way], images: Tensor) -> list[float]:
    """Of each way, the least of some rounds in which they take turns: what others take meanwhile counts little."""
    clock = time.process_time if images.device.type == "cpu" else time.perf_counter
    for way in ways:
        way(images[:1])
    least = [float("inf")] * len(ways)
    for number in range(ROUNDS):
        start = number * PASSES
        alone = [images[at % len(images)][None] for at in range(start, start + PASSES)]
        for place, way in enumerate(ways):
            began = clock()
            for image in alone:
                way(image)
            least[place] = min(least[place], (clock() - began) / PASSES * 1000)
    return least
