"""What a long queue costs: submitting to it, reading it, claiming from it and cancelling it."""

import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
from redis import Redis

from benchmarks.overhead import TINY
from benchmarks.record import Figure, of, percentile
from benchmarks.service import redis_server, running_api
from benchmarks.timing import milliseconds, repeated
from client.client import Client
from client.records import Job
from client.terminal.cancellation import cancel, queued
from store.jobs import Jobs
from store.states import State

DEPTH, SHALLOW = 10_000, 10  # queued jobs
EDGE = 500  # submissions at either end that are compared
READS = 100
CLAIMS = 1_000
LEASE_SECONDS = 3600.0


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with redis_server(home) as url, Redis.from_url(url) as redis:
            claimed = [figure for depth in (SHALLOW, DEPTH) for figure in _claimed(redis, depth)]
            redis.flushall()
            with running_api(home / "api", url) as http:
                submitted = _submitted(http)
                read = _read(http, Jobs(redis))
                cancelled = _cancelled(str(http.base_url))
    return [*submitted, *read, *claimed, *cancelled]


def _submitted(http: httpx2.Client) -> list[Figure]:
    samples = [milliseconds(lambda: http.post("/jobs", json=TINY).raise_for_status()) for _ in range(DEPTH)]
    what = f"POST /jobs, {DEPTH:,} one after another"
    return [
        *_both(what, samples),
        *_both(f"POST /jobs, the first {EDGE}", samples[:EDGE]),
        *_both(f"POST /jobs, the last {EDGE}", samples[-EDGE:]),
    ]


def _read(http: httpx2.Client, jobs: Jobs) -> list[Figure]:
    """Pages of 50, on a connection that stays open."""
    middle = http.get("/queue", params={"limit": 1000}).json()
    for _ in range(DEPTH // 2000 - 1):
        middle = http.get("/queue", params={"limit": 1000, "after": middle["next_after"]}).json()
    newest = jobs.page(DEPTH // 2)
    asked: dict[str, tuple[str, Mapping[str, Any]]] = {
        "GET /queue, the first page": ("/queue", {}),
        "GET /queue, a page from the middle": ("/queue", {"after": middle["next_after"]}),
        "GET /jobs, the first page": ("/jobs", {}),
        "GET /jobs, a page from the middle": ("/jobs", {"after": newest[-1].id}),
        "GET /jobs/{id}, the last of the queue": (f"/jobs/{newest[0].id}", {}),
        "GET /metrics": ("/metrics", {}),
    }
    return [
        figure
        for what, (path, query) in asked.items()
        for figure in _both(f"{what}, {DEPTH:,} queued", repeated(_getting(http, path, query), READS))
    ]


def _getting(http: httpx2.Client, path: str, query: Mapping[str, Any]) -> Callable[[], object]:
    return lambda: http.get(path, params=dict(query)).raise_for_status()


def _claimed(redis: Redis, depth: int) -> list[Figure]:
    """The head of a queue that stays as long as it is, for each job that is claimed is finished and followed."""
    redis.flushall()
    jobs, samples = Jobs(redis), []
    body = {"name": "queue", "labels": {}, "priority": 0, "spec": TINY}
    submit = partial(jobs.submit, body, 1, 60_000, 16)
    for _ in range(depth):
        submit()
    for _ in range(CLAIMS):
        started = time.perf_counter()
        claim = jobs.claim_next("benchmark", LEASE_SECONDS)
        samples.append((time.perf_counter() - started) * 1000)
        assert claim
        jobs.finish(claim, "succeeded", "trained")
        submit()
    return _both(f"Jobs.claim_next, {depth:,} queued", samples)


def _cancelled(url: str) -> list[Figure]:
    with Client(url) as server:
        started = time.perf_counter()
        ids = list(queued(server))
        n = sum(isinstance(job, Job) and job.state == State.CANCELLED for job in cancel(server, ids))
        seconds = time.perf_counter() - started
    return [of(f"cancelling {n:,} queued jobs", "s", seconds)]


def _both(what: str, samples: list[float]) -> list[Figure]:
    return [percentile(f"{what}, p50", "ms", samples), percentile(f"{what}, p95", "ms", samples, 95)]
