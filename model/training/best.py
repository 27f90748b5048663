"""The lowest validation loss of a training so far."""

import math
from dataclasses import dataclass, replace

from torch import Tensor, nn

from model.spec.training import EarlyStopping


@dataclass(frozen=True)
class Best:
    loss: float = math.inf
    step: int = 0
    stale: int = 0  # evaluations since then
    weights: dict[str, Tensor] | None = None  # kept only for early stopping, which ends with them

    def after(self, loss: float, step: int, network: nn.Module, stopping: EarlyStopping | None) -> "Best":
        """Once another evaluation is made."""
        if loss < self.loss - (stopping.min_delta if stopping else 0.0):
            weights = {key: value.detach().clone() for key, value in network.state_dict().items()}
            return Best(loss, step, 0, weights if stopping else None)
        return replace(self, stale=self.stale + 1)
