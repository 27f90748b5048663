"""Training images whose labels are likely wrong: those that stay hard to learn, by their mean loss over all visits.

A network learns what most labels agree on long before it learns the exceptions by heart (Arpit et al. 2017, arXiv
1706.05394), so what a whole training has found hard tells more than its end does (Pleiss et al. 2020, arXiv
2001.10528). Among them are images that are only hard: a person has to look.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from model.data.dataset import Dataset, Split

MOST = 100  # that are told
LEAST_VISITS = 2  # the first is before anything was learned
BLENDED = "mixing blends images and labels, so that none has a loss of its own"


class Visits:
    """Sum of its losses, and their number, for each training image: two fp32 values."""

    def __init__(self, images: int, device: torch.device) -> None:
        self.sums, self.counts = torch.zeros(2, images, device=device)

    def note(self, places: Tensor, logits: Tensor, labels: Tensor) -> None:
        """A batch: which images (B,), what was said of them, detached (B, classes), and their labels (B,)."""
        losses = F.cross_entropy(logits.float(), labels, reduction="none")
        self.sums.index_add_(0, places, losses)
        self.counts.index_add_(0, places, torch.ones_like(losses))

    def state_dict(self) -> dict[str, Tensor]:
        return {"sums": self.sums, "counts": self.counts}

    def load_state_dict(self, state: dict[str, Tensor] | None) -> None:
        """None where nobody counted before: the batches were blends, or the checkpoint is of an older Trainshed."""
        for name, value in self.state_dict().items():
            value.copy_(state[name]) if state else value.zero_()


@dataclass(frozen=True, slots=True)
class Suspect:
    split: str
    index: int  # in the split of the data set, before any image was held out
    path: str | None  # of the uploaded file
    label: str
    predicted: str  # by the finished model
    loss: float  # mean over all visits, without label smoothing and class weights


@dataclass(frozen=True, slots=True)
class Suspects:
    """The content of `suspects.json`, the worst first."""

    images: int  # that were trained on
    judged: int  # those of them that were seen often enough
    note: str | None
    suspects: list[Suspect]


def suspects_of(visits: Visits | None, dataset: Dataset, logits_of: Callable[[Split], Tensor]) -> Suspects:
    """`logits_of` is what the finished model says of images; costs a pass over the index of a prepared set."""
    images = len(dataset.train)
    if visits is None:
        return Suspects(images, 0, BLENDED, [])
    sums, counts = visits.sums.cpu(), visits.counts.cpu()
    judged = (counts >= LEAST_VISITS).nonzero().flatten()
    means = sums[judged] / counts[judged]
    order = means.argsort(descending=True, stable=True)[:MOST]
    found = _told(dataset, judged[order], means[order], logits_of) if len(order) else []
    note = (
        f"images that were seen fewer than {LEAST_VISITS} times are not judged"
        if len(judged) < images
        else None
    )
    return Suspects(images, len(judged), note, found)


def _told(
    dataset: Dataset, places: Tensor, means: Tensor, logits_of: Callable[[Split], Tensor]
) -> list[Suspect]:
    worst, names = dataset.train.part(places), dataset.classes
    predicted = logits_of(worst).argmax(1).tolist()
    numbers = (places if dataset.kept is None else dataset.kept[places]).tolist()
    columns = (
        numbers,
        dataset.train.paths(places.tolist()),
        worst.labels.tolist(),
        predicted,
        means.tolist(),
    )
    return [
        Suspect("train", index, path, names[label], names[guess], loss)
        for index, path, label, guess, loss in zip(*columns, strict=True)
    ]
