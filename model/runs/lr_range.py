"""The learning-rate range test (Smith 2017, arXiv 1506.01186): its rates, its end, and what it suggests. No torch.

A training at a rate that rises exponentially. While it is too low the loss hardly moves, then it falls, then it
diverges; the best rate is some way before that. Everything follows from the series of losses alone.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from model.errors import Diverged
from model.spec import JobSpec
from model.spec.schedule import Exponential
from model.training.metrics import BatchMetrics, Evaluation

DIVERGED = 4.0  # times the lowest smoothed loss
SMOOTHING = 0.02  # of the steps: over so many a loss loses its weight to 1/e, whatever the number of steps
WINDOW = 0.1  # of the steps: what the slope is taken over
LEAST_FALL = 0.01  # of the first loss: less within a window is noise
MARGIN = (
    10.0  # the loss is lowest just before it diverges, and a training holds its rate far longer than the test
)


@dataclass(frozen=True, slots=True)
class Finding:
    """The end of a test; None where the loss never fell, and where it never diverged."""

    suggestion: float | None
    steepest_learning_rate: float | None
    lowest_loss: float | None  # smoothed
    diverged_at: float | None  # learning rate
    steps: int


def swept(spec: JobSpec) -> JobSpec:
    """The spec whose training is the test: nothing but its rates is left of a schedule, and nothing else ends it."""
    if spec.lr_range is None:
        return spec
    rates = spec.lr_range
    changes = {
        "optimizer": spec.training.optimizer.model_copy(update={"learning_rate": rates.maximum}),
        "schedule": Exponential(first=rates.minimum / rates.maximum),
        "evaluation_interval": None,
        "early_stopping": None,
    }
    return spec.model_copy(update={"training": spec.training.model_copy(update=changes)})


class RangeTest:
    """Hears of each batch in turn. Losses are kept as fp32, as in the series, so that a resumed test finds the same."""

    def __init__(self, steps: int) -> None:
        self._decay = math.exp(-1 / max(1.0, SMOOTHING * steps))
        self._window = max(2, round(WINDOW * steps))
        self._mean = 0.0
        self.rates: list[float] = []
        self.smoothed: list[float] = []  # exponential moving average, corrected for its start
        self.diverged_at: float | None = None

    def hear(self, loss: float, rate: float) -> None:
        """A loss that is NaN or infinite, or far above the lowest, is the end: `diverged_at` is set."""
        value = float(np.float32(loss))
        self._mean = self._decay * self._mean + (1 - self._decay) * value
        smoothed = self._mean / (1 - self._decay ** (len(self.smoothed) + 1))
        if not smoothed < DIVERGED * min(self.smoothed, default=math.inf):
            self.diverged_at = float(np.float32(rate))
            return
        self.rates.append(float(np.float32(rate)))
        self.smoothed.append(smoothed)

    def listen(self, facts: Iterable[BatchMetrics | Evaluation]) -> Iterator[BatchMetrics | Evaluation]:
        """What a training says, until the loss diverges: here that is an end, not a failure."""
        try:
            for fact in facts if self.diverged_at is None else ():
                if isinstance(fact, BatchMetrics):
                    self.hear(fact.loss, fact.learning_rate)
                yield fact
                if self.diverged_at is not None:
                    return
        except Diverged as error:
            self.hear(math.nan, error.learning_rate)

    def finding(self) -> Finding:
        """The suggestion is a tenth of the rate at which the smoothed loss was lowest; the steepest fall comes with it.

        The steepest fall alone misleads where weights begin far from any answer: getting from there to a guess is a
        long way that even tiny rates make.
        """
        steepest = self._steepest()
        lowest = self.rates[int(np.argmin(self.smoothed))] if self.smoothed else None
        return Finding(
            suggestion=None if steepest is None or lowest is None else _digits(lowest / MARGIN),
            steepest_learning_rate=_digits(steepest),
            lowest_loss=_digits(min(self.smoothed, default=None)),
            diverged_at=_digits(self.diverged_at),
            steps=len(self.smoothed),
        )

    def _steepest(self) -> float | None:
        """The rate in the middle of the window, a tenth of the steps, in which the smoothed loss fell most."""
        falls = np.subtract(self.smoothed[: -self._window], self.smoothed[self._window :])
        if not falls.size or falls.max() < LEAST_FALL * self.smoothed[0]:
            return None
        return self.rates[int(falls.argmax()) + self._window // 2]


def _digits(number: float | None) -> float | None:
    """Three significant ones: no test knows more."""
    return None if number is None else float(f"{number:.3g}")
