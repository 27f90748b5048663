"""Reading a job's series: any range of steps, whole or thinned, and its evaluations."""

import json
from typing import Any

import numpy as np
from redis import Redis

from model.metrics import RECORD, points, thin, unpack
from store import keys
from store.jobs import Job


class Metrics:
    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # its own types are unions of every protocol's replies

    def points(self, job: Job, after: int, limit: int) -> list[dict[str, Any]]:
        """At most `limit` batches after step `after`, every one of them."""
        last = min(job.step, after + limit)
        return self._read(job, after, last, None)

    def thinned(self, job: Job, after: int, max_points: int) -> list[dict[str, Any]]:
        """All batches after `after` in at most `max_points` points that keep every extreme."""
        return self._read(job, after, job.step, max_points)

    def evaluations(self, job_id: str) -> list[dict[str, Any]]:
        """By rising step."""
        found = self._redis.hgetall(keys.evaluations(job_id))
        return sorted((json.loads(value) for value in found.values()), key=lambda value: int(value["step"]))

    def _read(self, job: Job, after: int, last: int, max_points: int | None) -> list[dict[str, Any]]:
        if last <= after:
            return []
        size = RECORD.itemsize
        packed = self._redis.getrange(keys.metrics(job.id), after * size, last * size - 1)
        records = unpack(packed[: len(packed) // size * size])
        chosen = np.arange(len(records)) if max_points is None else thin(records, max_points)
        return points(records[chosen], after + 1 + chosen, job.steps_per_epoch)
