"""Reading a job's series: any range of steps, whole or thinned, and its evaluations."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from redis import Redis

from model.training.metrics import RECORD, means, points, thin, unpack
from store import keys
from store.job import Job
from store.job_files import JobFiles


class Metrics:
    def __init__(self, redis: Redis, home: Path) -> None:
        self._redis: Any = redis  # its own types are unions of every protocol's replies
        self._home = home

    def points(self, job: Job, after: int, limit: int, until: int | None = None) -> list[dict[str, Any]]:
        """At most `limit` batches after step `after`, every one of them; up to `until`, that one too."""
        return self._read(job, after, min(_last(job, until), after + limit), None)

    def thinned(
        self, job: Job, after: int, max_points: int, until: int | None = None
    ) -> list[dict[str, Any]]:
        """All batches after `after`, up to `until`, in at most `max_points` points that keep every extreme, and
        the means between.
        """
        return self._read(job, after, _last(job, until), max_points)

    def newest(self, jobs: Sequence[Job], limit: int) -> list[list[dict[str, Any]]]:
        """The last batches of each, at most `limit`, in one round trip; of a series that only the disk has, none."""
        pipeline, size = self._redis.pipeline(transaction=False), RECORD.itemsize
        starts = [max(0, job.step - limit) for job in jobs]
        for job, start in zip(jobs, starts, strict=True):
            pipeline.getrange(keys.TRAINING.metrics(job.id), start * size, max(job.step * size, 1) - 1)
        found = zip(jobs, starts, pipeline.execute(), strict=True)
        return [_points(job, start, packed) for job, start, packed in found]

    def evaluations(self, job: Job) -> list[dict[str, Any]]:
        """By rising step; a run that went back to a checkpoint has yet to make those after it again."""
        found = map(json.loads, self._redis.hgetall(keys.TRAINING.evaluations(job.id)).values())
        return sorted(
            (each for each in found if each["step"] <= job.step), key=lambda each: int(each["step"])
        )

    def _read(self, job: Job, after: int, last: int, max_points: int | None) -> list[dict[str, Any]]:
        if last <= after:
            return []
        packed = self._packed(job, after * RECORD.itemsize, last * RECORD.itemsize)
        return _points(job, after, packed, max_points)

    def _packed(self, job: Job, start: int, end: int) -> bytes:
        """Bytes of the series, which some time after a job's end lies on the disk alone."""
        packed: bytes = self._redis.getrange(keys.TRAINING.metrics(job.id), start, end - 1)
        if packed or not job.is_final:
            return packed
        try:
            with JobFiles.of(self._home, job.id).series.open("rb") as file:
                file.seek(start)
                return file.read(end - start)
        except FileNotFoundError:
            return b""


def _points(job: Job, after: int, packed: bytes, max_points: int | None = None) -> list[dict[str, Any]]:
    records = unpack(packed[: len(packed) // RECORD.itemsize * RECORD.itemsize])
    if max_points is None:
        return points(records, after + 1 + np.arange(len(records)), job.steps_per_epoch)
    kept = thin(records, max_points)
    return points(records[kept], after + 1 + kept, job.steps_per_epoch, means(records, kept))


def _last(job: Job, until: int | None) -> int:
    return job.step if until is None else min(job.step, until)
