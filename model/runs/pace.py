"""When a checkpoint is due."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from model.spec import Training
from model.training.metrics import BatchMetrics, Evaluation

SECONDS = 30.0  # what a crash may cost, where the spec sets nothing
SHARE = 200  # and saving takes no more than half a hundredth of the time


class Pace:
    """At every evaluation; and every so many steps or seconds, as the spec says."""

    def __init__(self, training: Training) -> None:
        self._training = training
        self._saved, self._cost = time.monotonic(), 0.0

    def is_due(self, fact: BatchMetrics | Evaluation) -> bool:
        training = self._training
        if isinstance(fact, Evaluation):
            return True
        if training.evaluation_interval and fact.step % training.evaluation_interval == 0:
            return False  # its evaluation comes next
        if training.checkpoint_interval and fact.step % training.checkpoint_interval == 0:
            return True
        if training.checkpoint_interval and not training.checkpoint_seconds:
            return False
        return time.monotonic() - self._saved > self._seconds()

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Around a save, whether it succeeds or not: the next is reckoned from its end."""
        started = time.monotonic()
        try:
            yield
        finally:
            self._saved = time.monotonic()
            self._cost = self._saved - started

    def _seconds(self) -> float:
        return self._training.checkpoint_seconds or max(SECONDS, SHARE * self._cost)
