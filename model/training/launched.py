"""Batches whose numbers the device may still be computing, and reading them: on a GPU several at a time."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from model.errors import Diverged
from model.training.metrics import BatchMetrics

# Batches that are launched before the device is waited for. A GPU would stand still while each loss is read; a CPU has
# computed it by then.
STRIDES = {"cpu": 1, "cuda": 8}


@dataclass(frozen=True, slots=True)
class Launched:
    """Loss and accuracy are tensors of no dimension, on the device."""

    step: int
    learning_rate: float
    loss: Tensor
    accuracy: Tensor

    def refuse_if_diverged(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise Diverged(
                f"the loss became {loss} at step {self.step}, learning rate {self.learning_rate:g}",
                self.learning_rate,
            )


def read(
    launched: Sequence[Launched], started: float, images_per_step: int, steps_per_epoch: float
) -> list[BatchMetrics]:
    """Waits for the device, once. `started` is when the first was launched, by `perf_counter`. Diverged."""
    losses = torch.stack([batch.loss for batch in launched]).tolist()
    accuracies = torch.stack([batch.accuracy for batch in launched]).tolist()
    speed = images_per_step * len(launched) / (time.perf_counter() - started)
    for batch, loss in zip(launched, losses, strict=True):
        batch.refuse_if_diverged(loss)
    return [
        BatchMetrics(
            step=batch.step,
            epoch=batch.step / steps_per_epoch,
            loss=loss,
            accuracy=accuracy,
            learning_rate=batch.learning_rate,
            images_per_second=speed,
            time=time.time(),
        )
        for batch, loss, accuracy in zip(launched, losses, accuracies, strict=True)
    ]
