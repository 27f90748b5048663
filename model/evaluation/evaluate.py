"""How good a network is on a whole split: loss, accuracy, top-k, per class, confusion, hardest mistakes."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.data.dataset import Preprocess, Split
from model.data.rows import Rows
from model.evaluation.calibrated import Calibration

LARGEST_BATCH = 250  # images a forward pass
HARDEST = 24  # mistakes kept


@dataclass(frozen=True, slots=True)
class ClassReport:
    index: int
    label: str
    images: int
    precision: float | None  # None: the class was never predicted
    recall: float | None  # None: the split has no image of it
    f1: float | None


@dataclass(frozen=True, slots=True)
class Mistake:
    index: int  # in the split
    label: str
    predicted: str
    probability: float  # of the wrong class, calibrated
    loss: float
    path: str | None  # of the uploaded file


@dataclass(frozen=True, slots=True)
class Report:
    step: int
    split: str
    images: int
    loss: float  # mean cross-entropy over every image of the split, without label smoothing
    accuracy: float
    top_k: dict[str, float]
    classes: list[ClassReport]
    confusion_matrix: list[list[int]]  # rows: true class, columns: predicted class
    hardest: list[Mistake]
    calibration: Calibration


@torch.inference_mode()
def said_of(
    network: nn.Module,
    say: Callable[[Tensor], Tensor],
    preprocess: Preprocess,
    images: Tensor | Rows,
    autocast: torch.autocast,
    device: torch.device,
    batch_size: int = LARGEST_BATCH,
) -> Tensor:
    """What `say`, which may be the network itself, says of uint8 images (N, C, H, W) by it in evaluation mode.

    fp32 (N, ...), on the CPU. Images in a file are read batch by batch.
    The answer does not depend on `batch_size` beyond rounding; what the network was trained with surely fits.
    """
    training, together = network.training, min(batch_size, LARGEST_BATCH)
    network.eval()
    try:
        with autocast:
            return torch.cat(
                [
                    say(preprocess(images[start : start + together].to(device))).float().cpu()
                    for start in range(0, len(images), together)
                ]
            )
    finally:
        network.train(training)


def loss_and_accuracy(logits: Tensor, labels: Tensor) -> tuple[float, float]:
    return float(F.cross_entropy(logits, labels)), float((logits.argmax(1) == labels).double().mean())


def report(
    logits: Tensor, on: Split, names: tuple[str, ...], step: int, split: str, calibration: Calibration
) -> Report:
    """`logits` (N, classes) against the labels of the images that they are of."""
    labels = on.labels
    loss, accuracy = loss_and_accuracy(logits, labels)
    predicted = logits.argmax(1)
    n = len(names)
    confusion = torch.bincount(labels * n + predicted, minlength=n * n).view(n, n)
    ranked = logits.topk(min(5, n)).indices == labels[:, None]
    return Report(
        step=step,
        split=split,
        images=len(labels),
        loss=loss,
        accuracy=accuracy,
        top_k={str(k): float(ranked[:, :k].any(1).double().mean()) for k in (1, 5) if k <= n},
        classes=[_class_report(confusion, index, label) for index, label in enumerate(names)],
        confusion_matrix=confusion.tolist(),
        hardest=_hardest(logits, on, names, calibration.temperature),
        calibration=calibration,
    )


def _class_report(confusion: Tensor, index: int, label: str) -> ClassReport:
    hits, images, calls = (
        int(x) for x in (confusion[index, index], confusion[index].sum(), confusion[:, index].sum())
    )
    precision = hits / calls if calls else None
    recall = hits / images if images else None
    f1 = 2 * hits / (calls + images) if calls + images else None
    return ClassReport(index, label, images, precision, recall, f1)


def _hardest(logits: Tensor, on: Split, names: tuple[str, ...], temperature: float) -> list[Mistake]:
    labels = on.labels
    losses = F.cross_entropy(logits, labels, reduction="none")
    predicted = logits.argmax(1)
    wrong = (predicted != labels).nonzero().flatten()
    worst = wrong[losses[wrong].argsort(descending=True)][:HARDEST]
    probabilities = logits[worst].div(temperature).softmax(1)
    return [
        Mistake(
            int(i),
            names[int(labels[i])],
            names[int(predicted[i])],
            float(row[predicted[i]]),
            float(losses[i]),
            path,
        )
        for i, row, path in zip(worst, probabilities, on.paths(worst.tolist()), strict=True)
    ]
