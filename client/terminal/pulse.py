"""How fast a job goes, and how long it will."""

from collections import deque
from collections.abc import Iterable

from client.records.batch import Point
from client.records.job import Job, Progress


class Pulse:
    """A job's progress, kept current from its points.

    The time to go follows the pace of the newest batches; time between them, as in a restart, does not count.
    """

    def __init__(self, job: Job) -> None:
        self.progress = job.progress
        self._batch_size: int | None = job.batch_size
        self._recent: deque[Point] = deque(maxlen=100)

    def add(self, points: Iterable[Point]) -> None:
        self._recent.extend(points)
        newest = self._recent[-1]
        known = {name: getattr(newest, name) for name in Progress.model_fields if hasattr(newest, name)}
        self.progress = Progress(**known, steps=self.progress.steps, eta_seconds=self._to_go(newest.step))

    def _to_go(self, step: int) -> float | None:
        paces = [1 / point.images_per_second for point in self._recent if point.images_per_second]
        if not paces or not self._batch_size:
            return None
        return sum(paces) / len(paces) * self._batch_size * max(self.progress.steps - step, 0)
