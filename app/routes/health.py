"""Is it alive, is it ready, and how is it doing: for probes and Prometheus."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from app.deps import Here, Services
from app.errors import EXTRA_HEADERS
from store import connection, doorbell
from store.states import State

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """This process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "Something that jobs need is away"}})
async def readyz(here: Here) -> JSONResponse:
    """Jobs can be taken, trained and asked: the store, a worker and the predictor are there."""
    store = await asyncio.to_thread(_store, here)
    kinds = {"worker": here.workers, "importer": here.importers, "batcher": here.batchers}
    alive = dict.fromkeys(kinds, "unknown")
    with contextlib.suppress(RedisError):
        for kind, workers in kinds.items():
            alive[kind] = "ok" if await asyncio.to_thread(workers.alive) else f"no {kind} is alive"
    predictor = "ok" if await here.predictor.ready() else "away"
    checks = {"redis": store, **alive, "predictor": predictor}
    ready = all(check == "ok" for check in checks.values())
    status = 200 if ready else 503
    answer = {"status": "ready" if ready else "not ready", "checks": checks}
    return JSONResponse(answer, status, EXTRA_HEADERS.get(status))


def _store(here: Services) -> str:
    """Whether it can be written, and whether it knows what the disk knows."""
    try:
        connection.probe(here.redis)
        lost = here.archive.has_lost() or here.import_archive.has_lost()
    except RedisError as error:
        return connection.ailment(error)
    return "it has lost its records: `python -m store` rebuilds them from disk" if lost else "ok"


@router.get("/metrics")
def prometheus(here: Here) -> Response:
    """For Prometheus. A job's own series is at `/jobs/{id}/metrics`."""
    registry = CollectorRegistry()
    registry.register(_Now(here))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Now(Collector):
    """Read from the store at each scrape, so every API process says the same."""

    def __init__(self, here: Services) -> None:
        self._here = here

    def collect(self) -> Iterator[Any]:
        store, now = self._here.jobs, time.time() * 1000
        jobs = GaugeMetricFamily("trainshed_jobs", "Jobs by state", labels=["state"])
        for state in State:
            jobs.add_metric([state], store.count(state))
        yield jobs
        workers = self._here.workers.alive()
        yield _gauge("workers", "Workers that are alive", len(workers))
        yield _gauge("workers_busy", "Workers that train", sum(w.job is not None for w in workers))
        yield _gauge("doorbell_messages", "Celery messages not yet taken", doorbell.unheard(self._here.redis))
        first = store.next_in_line()
        age = max(0.0, now - store.get(first).created_at) / 1000 if first else 0.0
        yield _gauge("queue_head_age_seconds", "Since the job that runs next was submitted", age)
        yield _gauge(
            "leases_overdue", "Jobs whose worker is silent, and that nobody has freed yet", store.overdue()
        )
        happened = CounterMetricFamily(
            "trainshed_events",
            "claimed, crashed (trainers), reaped (silent workers), refused (writes of workers that had lost their "
            "job), restored (from disk)",
            labels=["event"],
        )
        for name, count in store.counters().items():
            happened.add_metric([name], count)
        yield happened


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"trainshed_{name}", meaning, value)
