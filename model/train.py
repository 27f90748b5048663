"""The training loop. Iterate a `Trainer` to train: it yields what happened, and its caller acts on it."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.data import Dataset, Order, Preprocess, augment, generator, stream_seed
from model.device import choose_device, choose_precision, out_of_memory_named
from model.errors import Diverged
from model.evaluate import Report, logits_of, loss_and_accuracy, report
from model.metrics import BatchMetrics, Evaluation
from model.schedule import learning_rate
from model.spec import JobSpec
from model.vgg import VGG

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}
PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass
class Best:
    """The lowest validation loss so far, and how many evaluations have passed without a lower one."""

    loss: float = math.inf
    step: int = 0
    stale: int = 0
    weights: dict[str, Tensor] | None = None  # kept only for early stopping, which ends with them


class Trainer:
    """Trains a spec's network on a data set; `step` batches of `steps` are done.

    Everything random follows from (seed, step), so `state_dict` needs no random state and no place in the data,
    and a run resumed from it goes on as if it had never stopped.
    """

    def __init__(self, spec: JobSpec, dataset: Dataset) -> None:
        self.spec, self.dataset = spec, dataset
        self.device = choose_device(spec.training.device)
        self.precision = choose_precision(spec, self.device)
        self.preprocess = Preprocess.of(spec.data, dataset.train)
        torch.manual_seed(stream_seed(spec.training.seed, 0))
        channels = dataset.train.images.shape[1]
        network = VGG(spec.architecture, channels, self.preprocess.image_size, len(dataset.classes))
        self.network = network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = self._optimizer()
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.precision == "fp16")
        self.train = dataset.train.to(self.device)
        self.order = Order(len(self.train), spec.training.batch_size, spec.training.seed)
        self.steps = spec.training.steps(len(self.train))
        self.step, self.best = 0, Best()

    def __iter__(self) -> Iterator[BatchMetrics | Evaluation]:
        """Facts in the order in which they happen. Stop by not asking for more; Diverged, OutOfMemory."""
        interval = self.spec.training.evaluation_interval
        while self.step < self.steps and not self.stopped_early:
            with out_of_memory_named(self.spec):
                metrics = self._train_batch()
            yield metrics
            if interval and self.step % interval == 0 and self.step < self.steps:
                yield self.evaluate()

    @property
    def stopped_early(self) -> bool:
        stopping = self.spec.training.early_stopping
        return stopping is not None and self.best.stale >= stopping.patience

    @property
    def steps_per_epoch(self) -> float:
        return len(self.train) / self.spec.training.batch_size

    def _train_batch(self) -> BatchMetrics:
        started = time.perf_counter()
        training = self.spec.training
        rate = learning_rate(training, self.step, self.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        batch = self.train.take(self.order(self.step).to(self.device))
        images = augment(batch.images, self.spec.data.augmentation, generator(~training.seed, self.step))
        torch.manual_seed(stream_seed(training.seed, self.step + 1))  # dropout's stream, for this step alone

        self.network.train()
        with self.autocast():
            logits = self.network(self.preprocess(images))  # (B, classes)
        loss = F.cross_entropy(logits.float(), batch.labels, label_smoothing=training.label_smoothing)
        loss_value = loss.item()  # waits for the device
        if not math.isfinite(loss_value):
            raise Diverged(f"the loss became {loss_value} at step {self.step + 1}, learning rate {rate:g}")
        self._update(loss)
        correct = (logits.argmax(1) == batch.labels).float().mean().item()

        self.step += 1
        elapsed = time.perf_counter() - started
        return BatchMetrics(
            step=self.step,
            epoch=self.step / self.steps_per_epoch,
            loss=loss_value,
            accuracy=correct,
            learning_rate=rate,
            images_per_second=training.batch_size / elapsed,
            time=time.time(),
        )

    def _update(self, loss: Tensor) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        if self.spec.training.clip_grad_norm is not None:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.network.parameters(), self.spec.training.clip_grad_norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()

    def evaluate(self) -> Evaluation:
        """Loss and accuracy on the validation split, or on the test split when there is none."""
        started = time.perf_counter()
        name = "validation" if self.dataset.validation else "test"
        split = self.dataset.validation or self.dataset.test
        loss, accuracy = loss_and_accuracy(self._logits(split.images), split.labels)
        if name == "validation":
            self._remember(loss)
        return Evaluation(self.step, name, len(split), loss, accuracy, time.perf_counter() - started)

    def report(self) -> Report:
        """The full account on the test split. After early stopping it is of the best weights, not the last."""
        if self.best.weights is not None:
            self.network.load_state_dict(self.best.weights)
        test = self.dataset.test
        step = self.best.step if self.best.weights is not None else self.step
        return report(self._logits(test.images), test.labels, self.dataset.classes, step, "test")

    def _logits(self, images: Tensor) -> Tensor:
        return logits_of(self.network, self.preprocess, images, self.autocast(), self.device)

    def _remember(self, loss: float) -> None:
        stopping = self.spec.training.early_stopping
        if loss < self.best.loss - (stopping.min_delta if stopping else 0.0):
            weights = {key: value.detach().clone() for key, value in self.network.state_dict().items()}
            self.best = Best(loss, self.step, 0, weights if stopping else None)
        else:
            self.best.stale += 1

    def autocast(self) -> torch.autocast:
        dtype = PRECISIONS[self.precision]
        return torch.autocast(self.device.type, dtype, enabled=dtype is not torch.float32)

    def _optimizer(self) -> torch.optim.Optimizer:
        options = self.spec.training.optimizer.model_dump(exclude={"name", "learning_rate"})
        kind = OPTIMIZERS[self.spec.training.optimizer.name]
        rate = self.spec.training.optimizer.learning_rate
        return kind(self.network.parameters(), lr=rate, fused=True, **options)  # type: ignore[call-arg]

    def state_dict(self) -> dict[str, Any]:
        """All that a later `Trainer` of the same spec needs to go on from here."""
        return {
            "step": self.step,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "best": vars(self.best),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.step = state["step"]
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        self.best = Best(**state["best"])
