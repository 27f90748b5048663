"""Which training images make up a batch: each as often as the others, or each class as often as the others."""

import torch
from torch import Tensor

from model.data.dataset import Order, generator, stream_seed
from model.spec import JobSpec


def order_of(spec: JobSpec, labels: Tensor) -> Order:
    """Of the spec's batches from training images with these labels (N,)."""
    batch_size, seed = spec.training.images_per_step, spec.training.seed
    if spec.data.sampling == "balanced":
        return Balanced(labels, batch_size, seed)
    return Order(len(labels), batch_size, seed)


class Balanced(Order):
    """Every class has as many places in an epoch as the others, and fills them with its images in turn.

    The places of all epochs, one after another, go round the classes; those of one class go through its images in
    pass after pass, each in its own random order. Then the places of an epoch are shuffled.
    """

    def __init__(self, labels: Tensor, batch_size: int, seed: int) -> None:
        super().__init__(len(labels), batch_size, seed)
        labels = labels.cpu()
        present = torch.bincount(labels).nonzero().flatten()
        self._classes = [(labels == each).nonzero().flatten() for each in present]

    def _drawn(self, epoch: int) -> Tensor:
        drawn = torch.empty(self.images, dtype=torch.int64)
        turns, first = len(self._classes), epoch * self.images
        for number, members in enumerate(self._classes):
            start = (number - first) % turns  # the class's first place in the epoch
            places = len(range(start, self.images, turns))
            drawn[start::turns] = self._next(number, members, (first + start) // turns, places)
        return drawn[super()._drawn(epoch)]

    def _next(self, number: int, members: Tensor, done: int, count: int) -> Tensor:
        """`count` images of a class of which `done` were taken before."""
        size, seed = len(members), stream_seed(self.seed, number)
        passes = range(done // size, (done + count - 1) // size + 1)
        turns = torch.cat([torch.randperm(size, generator=generator(seed, each)) for each in passes])
        begun = done - passes[0] * size
        return members[turns[begun : begun + count]]
