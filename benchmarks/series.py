"""What a long metric series costs in Redis, and how fast it is read: store/metrics.py and GET /jobs/{id}/metrics."""

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from redis import Redis

from benchmarks.record import Figure, of, percentile
from benchmarks.service import redis_server, running_stack
from benchmarks.timing import milliseconds, repeated
from model.training.metrics import RECORD
from store import keys
from store.job import Job
from store.jobs import Jobs
from store.metrics import Metrics

POINTS = 1_000_000
SHIPMENT = 50  # points; a worker ships four times a second or more
READS = 50
LEASE_SECONDS = 3600.0
IMAGES_PER_EPOCH, BATCH_SIZE = 60_000, 64

READ: dict[str, dict[str, int]] = {  # what, and the query that asks for it
    f"2,000 points of {POINTS:,}": {"max_points": 2_000},
    "the last 100 points": {"after": POINTS - 100, "limit": 100},
    "a page of 5,000 points": {"after": POINTS // 2, "limit": 5_000},
}


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with redis_server(home) as url, Redis.from_url(url) as redis:
            job, written = _written(redis)
            read = _read(Metrics(redis, home), job)
            with running_stack(home / "stack", url) as http:
                asked = _asked(http, job)
    return [*written, *read, *asked]


def _written(redis: Redis) -> tuple[Job, list[Figure]]:
    """A finished job whose series went through `Jobs.report`, as a worker sends it; and what that took."""
    jobs, series = Jobs(redis), _records().tobytes()
    body = {"name": "series", "labels": {}, "priority": 0, "spec": {"training": {"batch_size": BATCH_SIZE}}}
    job_id, _ = jobs.submit(body, POINTS, IMAGES_PER_EPOCH, BATCH_SIZE)
    claim = jobs.claim_next("benchmark", LEASE_SECONDS)
    assert claim
    before, shipments = _sizes(redis), []
    for step in range(0, POINTS, SHIPMENT):
        at, end = step * RECORD.itemsize, (step + SHIPMENT) * RECORD.itemsize
        news = (at, series[at:end], {"step": step + SHIPMENT})
        shipments.append(milliseconds(partial(jobs.report, claim, LEASE_SECONDS, *news)))
    after = _sizes(redis)
    jobs.finish(claim, "succeeded", "trained")
    usage = int(redis.memory_usage(keys.TRAINING.metrics(job_id), samples=0) or 0)
    return jobs.get(job_id), [
        of("MEMORY USAGE of the series", "bytes a point", usage / POINTS),
        of("growth of used_memory", "bytes a point", (after["memory"] - before["memory"]) / POINTS),
        of("growth of the append-only file", "bytes a point", (after["file"] - before["file"]) / POINTS),
        percentile(f"a shipment of {SHIPMENT} points, median", "ms", shipments),
        percentile(f"a shipment of {SHIPMENT} points, p95", "ms", shipments, 95),
    ]


def _sizes(redis: Redis) -> dict[str, int]:
    return {
        "memory": int(redis.info("memory")["used_memory"]),
        "file": int(redis.info("persistence")["aof_current_size"]),
    }


def _records() -> Any:
    """A noisy falling loss: nothing in it is easy to thin out."""
    random, steps = np.random.default_rng(0), np.arange(1, POINTS + 1)
    records = np.zeros(POINTS, RECORD)
    records["loss"] = 2.3 / (1 + steps / 1000) + random.gamma(2, 0.1, POINTS)
    records["accuracy"] = random.binomial(64, 0.9, POINTS) / 64
    records["learning_rate"] = 0.1
    records["images_per_second"] = random.normal(3000, 100, POINTS)
    records["time"] = 1.79e9 + steps * 0.02
    return records


def _read(metrics: Metrics, job: Job) -> list[Figure]:
    """By a process that has the store's own client."""
    actions = {
        what: lambda query=query: (
            metrics.thinned(job, 0, query["max_points"])
            if "max_points" in query
            else metrics.points(job, query["after"], query["limit"])
        )
        for what, query in READ.items()
    }
    return [figure for what, action in actions.items() for figure in _both(f"{what}, from the store", action)]


def _asked(http: httpx2.Client, job: Job) -> list[Figure]:
    """By a client of the API: the same as JSON over a connection that stays open."""
    return [
        figure
        for what, query in READ.items()
        for figure in _both(
            f"{what}, over HTTP", lambda query=query: http.get(f"/jobs/{job.id}/metrics", params=query)
        )
    ]


def _both(what: str, action: Any) -> list[Figure]:
    samples = repeated(action, READS)
    return [percentile(f"{what}, median", "ms", samples), percentile(f"{what}, p95", "ms", samples, 95)]
