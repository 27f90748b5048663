"""A data set as uint8, the order in which batches take it, and what is done to the pixels.

Everything random is a function of (seed, step): a run that is resumed at a step sees what it would have seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from model.data.images import Fit
from model.data.rows import Rows
from model.spec import Data

# Mean and deviation where they are the same for all data sets; ImageNet's are those of torchvision's models.
KNOWN: dict[str, tuple[tuple[float, ...], ...]] = {
    "unit": (),
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}
GOLDEN = 0x9E3779B97F4A7C15  # 2**64 / golden ratio: spreads neighbouring counters (Knuth, TAOCP 3, 6.4)


@dataclass(frozen=True, slots=True)
class Split:
    images: Tensor | Rows  # uint8 (N, C, H, W), in memory or in a file
    labels: Tensor  # int64 (N,)

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, indices: Tensor) -> "Split":
        """Of these images alone; copies those that are in memory."""
        if isinstance(self.images, Rows):
            return Split(self.images.part(indices), self.labels[indices])
        return Split(self.images[indices], self.labels[indices])

    def to(self, device: torch.device) -> "Split":
        """Images in a file stay there where the device has no room for them, and labels then beside them."""
        images = self.images.to(device)
        return Split(images, self.labels if isinstance(images, Rows) else self.labels.to(device))

    def paths(self, indices: Sequence[int]) -> list[str | None]:
        """Where each image came from; None where nobody knows."""
        return self.images.paths(indices) if isinstance(self.images, Rows) else [None] * len(indices)


@dataclass(frozen=True, slots=True)
class Dataset:
    name: str
    classes: tuple[str, ...]
    train: Split
    test: Split
    validation: Split | None = None
    fit: Fit | None = None  # what made its pictures square, where they were of all sizes
    kept: Tensor | None = None  # numbers (N,) of `train` among all training images, where some were held out

    def with_validation(self, images: int, seed: int) -> "Dataset":
        """`images` of the training split, drawn by `seed`, become the validation split."""
        if not images:
            return self
        order = torch.randperm(len(self.train), generator=generator(seed, 0))
        held_out, kept = order[:images].sort().values, order[images:].sort().values
        return replace(self, train=self.train.part(kept), validation=self.train.part(held_out), kept=kept)


def generator(seed: int, counter: int) -> torch.Generator:
    """A fresh CPU random stream for each (seed, counter)."""
    return torch.Generator().manual_seed(stream_seed(seed, counter))


def stream_seed(seed: int, counter: int) -> int:
    """63 bits that differ for each (seed, counter): the finalizer of SplitMix64 (Steele et al. 2014)."""
    z = (seed * 2 + 1 + (counter + 1) * GOLDEN) % 2**64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return (z ^ (z >> 31)) >> 1


class Order:
    """Which images make up batch number `step`: epoch after epoch, each in its own random order.

    Batches are always full: one that reaches the end of an epoch is completed from the next.
    """

    def __init__(self, images: int, batch_size: int, seed: int) -> None:
        self.images, self.batch_size, self.seed = images, batch_size, seed
        self._epochs: dict[int, Tensor] = {}

    def __call__(self, step: int) -> Tensor:
        """Indices (batch_size,) of batch `step`, from 0."""
        first, end = step * self.batch_size, (step + 1) * self.batch_size
        epochs = range(first // self.images, (end - 1) // self.images + 1)
        self._epochs = {epoch: self._epoch(epoch) for epoch in epochs}
        starts = {epoch: epoch * self.images for epoch in epochs}
        return torch.cat(
            [self._epochs[epoch][max(0, first - start) : end - start] for epoch, start in starts.items()]
        )

    def _epoch(self, epoch: int) -> Tensor:
        if epoch in self._epochs:
            return self._epochs[epoch]
        return self._drawn(epoch)

    def _drawn(self, epoch: int) -> Tensor:
        """All images of an epoch (images,)."""
        return torch.randperm(self.images, generator=generator(self.seed, epoch + 1))


@dataclass(frozen=True, slots=True)
class Preprocess:
    """uint8 images of any size to what the network sees; the same for training, evaluation and prediction."""

    image_size: int
    mean: tuple[float, ...] = ()  # of each channel, in [0, 1]; empty: pixels stay in [0, 1]
    deviation: tuple[float, ...] = ()

    @classmethod
    def of(cls, data: Data, train: Split) -> "Preprocess":
        image_size = data.image_size or train.images.shape[-1]
        if data.normalization in KNOWN:
            return cls(image_size, *KNOWN[data.normalization])
        if isinstance(train.images, Rows):
            return cls(image_size, *train.images.statistics)
        return cls(image_size, *_statistics(train.images))

    def __call__(self, images: Tensor) -> Tensor:
        """uint8 (N, C, H, W) to float (N, C, image_size, image_size), channels last in memory."""
        pixels = images.to(torch.float32, memory_format=torch.channels_last).div_(255)
        if pixels.shape[-2:] != (self.image_size, self.image_size):
            shrinks = max(pixels.shape[-2:]) > self.image_size  # only then is there aliasing to filter
            size = (self.image_size, self.image_size)
            pixels = F.interpolate(pixels, size, mode="bilinear", align_corners=False, antialias=shrinks)
        if self.mean:
            shape = (1, -1, 1, 1)
            mean = torch.tensor(self.mean, device=pixels.device).view(shape)
            deviation = torch.tensor(self.deviation, device=pixels.device).view(shape)
            pixels = pixels.sub_(mean).div_(deviation)
        return pixels.contiguous(memory_format=torch.channels_last)

    def shown(self, pixels: Tensor) -> Tensor:
        """What the network sees, float (N, C, S, S), as a picture again: uint8."""
        if self.mean:
            mean, deviation = (
                torch.tensor(each, device=pixels.device).view(1, -1, 1, 1)
                for each in (self.mean, self.deviation)
            )
            pixels = pixels * deviation + mean
        return pixels.mul(255).round().clamp(0, 255).to(torch.uint8)


def _statistics(images: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of each channel in [0, 1], from exact integer sums over a histogram."""
    values = torch.arange(256, dtype=torch.float64) / 255
    means, deviations = [], []
    for channel in range(images.shape[1]):
        share = torch.bincount(images[:, channel].flatten(), minlength=256).double()
        share /= share.sum()
        mean = (share * values).sum()
        means.append(float(mean))
        deviations.append(max(float((share * (values - mean) ** 2).sum().sqrt()), 1 / 255))
    return tuple(means), tuple(deviations)
