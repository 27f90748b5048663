"""What a step lowers: cross-entropy, smoothed and weighted by class as the spec says."""

import torch
from torch import Tensor
from torch.nn import functional as F

from model.spec import Training


class Loss:
    """Mean over a batch, which may come in parts. With class weights, each image counts by those of its labels."""

    def __init__(self, training: Training, labels: Tensor, classes: int) -> None:
        """`labels` (N,) are those that are trained on; weights lie on their device."""
        self._smoothing = training.label_smoothing
        self.weights = _weights(training, labels, classes)

    def weight(self, targets: Tensor) -> Tensor | None:
        """Of a whole batch, whose targets are labels (B,) or shares (B, classes); None: each image counts as one."""
        if self.weights is None:
            return None
        return self.weights[targets].sum() if targets.ndim == 1 else (targets @ self.weights).sum()

    def __call__(self, logits: Tensor, targets: Tensor, weight: Tensor | None) -> Tensor:
        """`weight` is what the sum over the images is divided by: theirs, or a part's share of its batch's."""
        reduction = "mean" if weight is None else "sum"
        loss = F.cross_entropy(
            logits, targets, self.weights, label_smoothing=self._smoothing, reduction=reduction
        )
        return loss if weight is None else loss / weight


def _weights(training: Training, labels: Tensor, classes: int) -> Tensor | None:
    if training.class_weights is None:
        return None
    if training.class_weights == "balanced":
        counts = torch.bincount(labels.cpu(), minlength=classes).clamp(
            min=1
        )  # a class may be held out as a whole
        return (len(labels) / (classes * counts)).float().to(labels.device)
    return torch.tensor(training.class_weights, dtype=torch.float32, device=labels.device)
