"""The reaper, in this process, against a real Redis."""

import json
import time
from pathlib import Path
from typing import Any

from celery import Celery
from redis import Redis

from model.training.metrics import BatchMetrics
from store import keys
from store.archive import Archive
from store.job_files import JobFiles
from store.jobs import Jobs
from store.settings import Settings
from worker.reaper import Reaper

BODY: dict[str, Any] = {"name": "a", "labels": {}, "priority": 0, "spec": {"training": {"batch_size": 10}}}


def test_a_job_that_ends_because_its_worker_fell_silent_is_written_down(
    redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    """Its curve too, which Redis may then forget."""
    jobs, archive = Jobs(redis), Archive(redis, tmp_path)
    job_id, _ = jobs.submit(BODY, steps=100, images_per_epoch=1000, batch_size=10)
    claim = jobs.claim_next("w1", 0)
    assert claim
    batch = BatchMetrics(1, 0, 0.5, 0.5, 0.1, 100, 1e9).pack()
    jobs.report(claim, 0, 0, batch, {"step": 1})
    jobs.ask(job_id, "cancel")
    archive.keep(job_id)
    settings = Settings(home=tmp_path, lease_seconds=1, redis_url=redis_url)
    reaper = Reaper(redis, Celery(broker=redis_url), settings, Jobs, "w2", lambda: None, lambda: None)
    reaper.start()
    files, deadline = JobFiles.of(tmp_path, job_id), time.monotonic() + 30
    while json.loads(files.record.read_bytes())["fields"]["state"] != "cancelled":
        assert time.monotonic() < deadline, jobs.get(job_id)
        time.sleep(0.05)
    reaper.end()
    reaper.join()
    assert files.series.read_bytes() == batch
    ttl: Any = redis.ttl(keys.TRAINING.metrics(job_id))
    assert ttl > 0
