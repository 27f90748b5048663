"""How unlike anything that a network was trained on an image is: the distance to its nearest neighbours.

Out-of-Distribution Detection with Deep Nearest Neighbors, Sun et al. 2022, arXiv 2204.06507. Compared is, by cosine,
the maximum of each channel of the last maps. `python -m benchmarks unfamiliar` says how well it does. Mahalanobis
distances (Lee et al. 2018, arXiv 1807.03888) and the energy of the logits (Liu et al. 2020, arXiv 2010.03759) told
strange images less often when they were tried beside it.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from model.data.dataset import Dataset, Split, generator
from model.evaluation.calibrated import halves

KNOWN = 2000  # training images that are remembered, at most
HELD_OUT = 1000  # others that say what is usual, at most
NEIGHBOURS = 10
STEPS = 100  # of the quantiles
SHARES = np.linspace(0, 1, STEPS + 1)  # of held-out images, at each of them


@dataclass(frozen=True, slots=True)
class Familiar:
    """What a model remembers of its training images, and how far other images of their kind are from them."""

    known: Tensor  # fp32 (channels, images), each image of length 1: laid out as it is multiplied
    quantiles: NDArray[
        np.float64
    ]  # (STEPS + 1,), of the distances of held-out images: the least, ..., the largest

    @classmethod
    def of(cls, known: Tensor, held_out: Tensor) -> "Familiar":
        """From directions (N, channels)."""
        steps, columns = torch.linspace(0, 1, STEPS + 1, dtype=torch.float64), known.T.contiguous()
        quantiles = torch.quantile(_distances(held_out, columns).double(), steps)
        return cls(columns, quantiles.numpy())

    def unfamiliar(self, found: Tensor) -> Tensor:
        """Directions (N, channels) to the share of held-out images that are nearer: fp64 (N,), on the CPU.

        Of images like those of the training one in a hundred has more than 0.99.
        """
        distances = _distances(found, self.known).cpu().numpy()
        return torch.from_numpy(np.interp(distances, self.quantiles, SHARES))


def peaks(maps: Tensor) -> Tensor:
    """Maps (N, C, h, w) of the last block to the largest value of each, fp32 (N, C)."""
    return maps.amax((2, 3)).float()


def directions(peaks: Tensor) -> Tensor:
    """fp32 (N, C), each of length 1."""
    return F.normalize(peaks)


def drawn(dataset: Dataset, seed: int) -> tuple[Split, Split]:
    """Training images to remember, and images that were held out: the same that a temperature is fitted on."""
    split, places = dataset.validation, None
    if split is None:
        split, places = dataset.test, halves(len(dataset.test), seed)[0]
    chosen = _some(len(split) if places is None else len(places), HELD_OUT, seed)
    held_out = split.part(chosen if places is None else places[chosen])
    return dataset.train.part(_some(len(dataset.train), KNOWN, seed)), held_out


def _some(images: int, most: int, seed: int) -> Tensor:
    return torch.randperm(images, generator=generator(seed, 1))[:most].sort().values


def _distances(found: Tensor, known: Tensor) -> Tensor:
    """1 - cosine, to the tenth nearest."""
    likeness = found @ known
    return 1 - likeness.topk(min(NEIGHBOURS, known.shape[1]), 1).values[:, -1]
