"""The batches of a training, brought to its device. Those of images in a file are read ahead of it, in a thread."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import torch
from torch import Tensor

from model.data.dataset import Order, Split
from model.data.rows import Rows

AHEAD = 2  # batches


class Batch(NamedTuple):
    places: Tensor  # int64 (B,): which training images
    images: Tensor  # uint8 (B, C, H, W)
    labels: Tensor  # int64 (B,)

    def pinned(self) -> "Batch":
        """In memory from which a GPU copies while others compute."""
        return Batch(*(tensor.pin_memory() for tensor in self))

    def to(self, device: torch.device) -> "Batch":
        return Batch(*(tensor.to(device, non_blocking=True) for tensor in self))


class Feed:
    """Batch `step`, whatever was asked for before: a run that goes back or is resumed only waits for its first one.

    The thread ends with the feed.
    """

    def __init__(self, train: Split, order: Order, device: torch.device) -> None:
        self._train, self._order, self._device = train, order, device
        self._reader = ThreadPoolExecutor(1, "feed") if isinstance(train.images, Rows) else None
        self._ahead: dict[int, Future[Batch]] = {}

    def __call__(self, step: int) -> Batch:
        if self._reader is None:
            return self._gathered(step)
        steps = range(step, step + 1 + AHEAD)
        self._ahead = {each: self._ahead.get(each) or self._reader.submit(self._read, each) for each in steps}
        return self._ahead.pop(step).result().to(self._device)

    def _gathered(self, step: int) -> Batch:
        places = self._order(step).to(self._train.labels.device)
        return Batch(places, self._train.images[places], self._train.labels[places])

    def _read(self, step: int) -> Batch:
        batch = self._gathered(step)
        return batch.pinned() if self._device.type == "cuda" else batch
