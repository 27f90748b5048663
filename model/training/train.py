"""The training loop. Iterate a `Trainer` to train: it yields what happened, and its caller acts on it."""

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from model.data.dataset import Dataset, Preprocess, generator, stream_seed
from model.data.rows import Rows
from model.errors import Diverged
from model.evaluation.calibrated import Calibration, Told, calibration
from model.evaluation.evaluate import Report, loss_and_accuracy, report, said_of
from model.evaluation.familiar import Familiar, directions, drawn, peaks
from model.evaluation.suspects import Suspects, Visits, suspects_of
from model.hardware.device import choose_device, choose_precision, out_of_memory_named, prefer_repeatable
from model.network.frozen import frozen
from model.network.layers import layers
from model.network.recomputation import Recomputed
from model.network.vgg import VGG
from model.spec import JobSpec
from model.training.augmentation import augmenter
from model.training.averaging import Average
from model.training.best import Best
from model.training.feed import Feed
from model.training.initial import Source, begin_with, freeze
from model.training.launched import STRIDES, Launched, read
from model.training.loss import Loss
from model.training.metrics import BatchMetrics, Evaluation
from model.training.mixing import largest, mixer
from model.training.optimizer import build
from model.training.sampling import order_of
from model.training.schedule import learning_rate

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class Trainer:
    """Trains a spec's network on a data set; `step` batches of `steps` are done.

    Everything random follows from (seed, step), so `state_dict` needs no random state and no place in the data,
    and a run resumed from it goes on as if it had never stopped.
    """

    def __init__(self, spec: JobSpec, dataset: Dataset) -> None:
        self.spec, self.dataset = spec, dataset
        self.device = choose_device(spec.training.device)
        self.precision = choose_precision(spec, self.device)
        self.stride = STRIDES[self.device.type]
        prefer_repeatable(spec.training.deterministic)
        self.preprocess = Preprocess.of(spec.data, dataset.train)
        torch.manual_seed(stream_seed(spec.training.seed, 0))
        channels = dataset.train.images.shape[1]
        network = VGG(spec.architecture, channels, self.preprocess.image_size, len(dataset.classes))
        table = layers(spec.architecture, channels, self.preprocess.image_size, len(dataset.classes))
        self.frozen = freeze(network, frozen(spec, list(table)))
        if spec.training.activation_checkpointing:
            network.features = Recomputed(*network.features)
        self.network = network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        averaging = spec.training.averaging
        self.average = Average(self.network, averaging.decay) if averaging else None
        self.optimizer = build(
            spec.training.optimizer, [each for each in self.network.parameters() if each.requires_grad]
        )
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.precision == "fp16")
        self.train = dataset.train.to(self.device)
        self.augment = augmenter(spec.data.augmentation)
        self.mix = mixer(spec.training.mixing, len(dataset.classes))
        self.feed = Feed(self.train, order_of(spec, self.train.labels), self.device)
        self.loss = Loss(spec.training, self.train.labels.to(self.device), len(dataset.classes))
        self.steps = spec.training.steps(len(self.train))
        self.visits = None if spec.training.mixing else Visits(len(self.train), self.device)
        self.step, self.best = 0, Best()
        self.evaluated_at = 0  # step of the last evaluation
        self.micro_batches = spec.training.accumulation_steps
        self.rollbacks = 0

    def __iter__(self) -> Iterator[BatchMetrics | Evaluation]:
        """Facts in the order in which they happen. Diverged, OutOfMemory.

        Stop by not asking for more. The weights are those of `step`, which on a GPU can be ahead of the last fact.
        """
        while self.step < self.steps and not self.stopped_early:
            if self._owes_evaluation():
                yield self.evaluate()
                continue
            with out_of_memory_named(self.device, self.spec.training.images_per_step // self.micro_batches):
                batches = self._train_batches(self._stride())
            yield from batches

    def begin_with(self, source: Source) -> tuple[str, ...]:
        """Before the first step; the names of tensors that stay random. WeightsForeign."""
        new = begin_with(source, self.network, self.dataset.classes)
        if self.average:
            self.average.module.load_state_dict(self.network.state_dict())
        return new

    @property
    def stopped_early(self) -> bool:
        stopping = self.spec.training.early_stopping
        return stopping is not None and self.best.stale >= stopping.patience

    @property
    def rate_factor(self) -> float:
        """What the schedule's rates are multiplied by, for each time that the loss was not finite."""
        rollback = self.spec.training.rollback
        return rollback.factor**self.rollbacks if rollback else 1.0

    @property
    def evaluated(self) -> VGG:
        """The network that evaluations, the report and the finished model are of."""
        return self.average.module if self.average else self.network

    @property
    def steps_per_epoch(self) -> float:
        return len(self.train) / self.spec.training.images_per_step

    def _owes_evaluation(self) -> bool:
        """Also where a run was stopped between a batch and the evaluation after it, and goes on from there."""
        interval = self.spec.training.evaluation_interval
        return bool(interval and self.step % interval == 0 and self.step != self.evaluated_at)

    def _stride(self) -> int:
        """Batches from here to the next moment at which somebody may look at the weights, `stride` at most."""
        training = self.spec.training
        marks = [mark for mark in (training.evaluation_interval, training.checkpoint_interval) if mark]
        return min(self.stride, self.steps - self.step, *(mark - self.step % mark for mark in marks))

    def _train_batches(self, count: int) -> list[BatchMetrics]:
        started = time.perf_counter()
        launched = [self._train_batch() for _ in range(count)]
        return read(launched, started, self.spec.training.images_per_step, self.steps_per_epoch)

    def _train_batch(self) -> Launched:
        rate = learning_rate(self.spec.training, self.step, self.steps) * self.rate_factor
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        places, pixels, targets = self._batch()
        loss, logits = self._backward(pixels, targets)
        correct = (logits.argmax(1) == largest(targets)).float().mean()
        launched = Launched(self.step + 1, rate, loss, correct)
        if self.stride == 1:
            launched.refuse_if_diverged(loss.item())  # before it can change a weight
        if self.visits:
            self.visits.note(places, logits, targets)
        self._update()
        self.step += 1
        return launched

    def _batch(self) -> tuple[Tensor, Tensor, Tensor]:
        """Which images (B,), what is shown (B, C, H, W), and what is to be said: labels (B,) or shares (B, classes)."""
        batch = self.feed(self.step)
        random = generator(~self.spec.training.seed, self.step)
        images = self.augment(batch.images, random)
        return batch.places, *self.mix(self.preprocess(images), batch.labels, random)

    def _backward(self, pixels: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Mean loss and logits (B, classes) of the batch, whose gradient adds up in the parameters."""
        seed = stream_seed(self.spec.training.seed, self.step + 1)
        torch.manual_seed(seed)  # dropout's stream, for this step alone
        self.network.train()
        for layer in self.frozen:
            layer.eval()
        self.optimizer.zero_grad(set_to_none=True)
        losses, logits, parts = [], [], self.micro_batches
        weight = self.loss.weight(targets)
        share = None if weight is None else weight / parts
        for images, labels in zip(pixels.chunk(parts), targets.chunk(parts), strict=True):
            with self.autocast():
                output = self.network(images)
            loss = self.loss(output.float(), labels, share)
            self.scaler.scale(loss / parts).backward()  # type: ignore[no-untyped-call]
            losses.append(loss.detach())
            logits.append(output.detach())
        return torch.stack(losses).mean(), torch.cat(logits)

    def _update(self) -> None:
        if self.spec.training.clip_grad_norm is not None:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.network.parameters(), self.spec.training.clip_grad_norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.average:
            self.average.update(self.network)

    def evaluate(self) -> Evaluation:
        """Loss and accuracy on the validation split, or on the test split when there is none."""
        started = time.perf_counter()
        self.evaluated_at = self.step
        name = "validation" if self.dataset.validation else "test"
        split = self.dataset.validation or self.dataset.test
        loss, accuracy = loss_and_accuracy(self._logits(split.images), split.labels)
        self._refuse_if_not(math.isfinite(loss), f"the {name} loss")
        if name == "validation":
            stopping = self.spec.training.early_stopping
            self.best = self.best.after(loss, self.step, self.evaluated, stopping)
        return Evaluation(self.step, name, len(split), loss, accuracy, time.perf_counter() - started)

    def report(self) -> Report:
        """The full account on the test split. After early stopping it is of the best weights, not the last."""
        if self.best.weights is not None:
            self.evaluated.load_state_dict(self.best.weights)
        test = self.dataset.test
        step = self.best.step if self.best.weights is not None else self.step
        logits = self._logits(test.images)
        found = report(logits, test, self.dataset.classes, step, "test", self._calibration(logits))
        self._refuse_if_not(math.isfinite(found.loss), "the test loss")
        return found

    def _calibration(self, logits: Tensor) -> Calibration:
        """By the logits of the test split (N, classes)."""
        held_out, validation = self.dataset.validation, None
        if held_out:
            validation = Told(self._logits(held_out.images), held_out.labels)
            self._refuse_if_not(
                bool(validation.logits.isfinite().all()), "what is said of the validation split"
            )
        return calibration(Told(logits, self.dataset.test.labels), validation, self.spec.training.seed)

    def suspects(self) -> Suspects:
        """Training images that are likely to have a wrong label. After `report`, whose weights it asks."""
        return suspects_of(self.visits, self.dataset, lambda split: self._logits(split.images))

    def familiar(self) -> Familiar | None:
        """What the finished network remembers; None without a held-out image. After `report`, whose weights it asks."""
        known, held_out = drawn(self.dataset, self.spec.training.seed)
        if not len(held_out):
            return None
        return Familiar.of(self._directions(known.images), self._directions(held_out.images))

    def refuse_if_not_finite(self) -> None:
        """Diverged, when NaN or infinity is in what a checkpoint holds. Costs a pass over it."""
        networks = [self.network, *([self.average] if self.average else [])]
        held = [value for network in networks for value in network.state_dict().values()]
        held += [value for moments in self.optimizer.state.values() for value in moments.values()]
        finite = (bool(value.isfinite().all()) for value in held if isinstance(value, Tensor))
        self._refuse_if_not(all(finite), "a weight")

    def _refuse_if_not(self, finite: bool, what: str) -> None:
        if not finite:
            rate = learning_rate(self.spec.training, max(0, self.step - 1), self.steps) * self.rate_factor
            raise Diverged(f"{what} became NaN or infinite after step {self.step}", rate)

    def _logits(self, images: Tensor | Rows) -> Tensor:
        return self._said(self.evaluated, images)

    def _directions(self, images: Tensor | Rows) -> Tensor:
        return self._said(lambda pixels: directions(peaks(self.evaluated.features(pixels))), images)

    def _said(self, say: Callable[[Tensor], Tensor], images: Tensor | Rows) -> Tensor:
        together = self.spec.training.images_per_step // self.micro_batches
        network = self.evaluated
        with out_of_memory_named(self.device, together):
            return said_of(network, say, self.preprocess, images, self.autocast(), self.device, together)

    def autocast(self) -> torch.autocast:
        dtype = PRECISIONS[self.precision]
        return torch.autocast(self.device.type, dtype, enabled=dtype is not torch.float32)

    def state_dict(self) -> dict[str, Any]:
        """All that a later `Trainer` of the same spec needs to go on from here."""
        return {
            "step": self.step,
            "network": self.network.state_dict(),
            "average": self.average.state_dict() if self.average else None,
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "visits": self.visits and self.visits.state_dict(),
            "best": vars(self.best),
            "evaluated_at": self.evaluated_at,
            "micro_batches": self.micro_batches,
            "rollbacks": self.rollbacks,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.step = state["step"]
        self.network.load_state_dict(state["network"])
        if self.average:
            self.average.load_state_dict(state["average"])
        # Its sums and moments, but this spec's momentum and weight decay, should they have been changed.
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state["optimizer"]["state"], "param_groups": groups})
        self.scaler.load_state_dict(state["scaler"])
        if self.visits:
            self.visits.load_state_dict(state.get("visits"))
        self.best = Best(**state["best"])
        self.evaluated_at, self.rollbacks = state["evaluated_at"], state["rollbacks"]
        self.micro_batches = state["micro_batches"]
