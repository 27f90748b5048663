"""Is it alive, is it ready, and how is it doing: for probes and Prometheus."""

import asyncio
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, RedirectResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from app.deps import Here, Services
from app.errors import EXTRA_HEADERS
from store import doorbell
from store.states import State

router = APIRouter(tags=["health"])


@router.get("/", include_in_schema=False)
def root() -> RedirectResponse:
    return RedirectResponse("/docs")


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """This process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "Something that jobs need is away"}})
async def readyz(here: Here) -> JSONResponse:
    """Jobs can be taken, trained and asked: the store, a worker and the predictor are there."""
    try:
        worker = "ok" if await asyncio.to_thread(here.workers.alive) else "no worker is alive"
        store = "ok"
    except RedisError:
        worker, store = "unknown", "away"
    predictor = "ok" if await here.predictor.ready() else "away"
    checks = {"redis": store, "worker": worker, "predictor": predictor}
    ready = all(check == "ok" for check in checks.values())
    status = 200 if ready else 503
    answer = {"status": "ready" if ready else "not ready", "checks": checks}
    return JSONResponse(answer, status, EXTRA_HEADERS.get(status))


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
        jobs = GaugeMetricFamily("trainshed_jobs", "Jobs by state", labels=["state"])
        for state in State:
            jobs.add_metric([state], self._here.jobs.count(state))
        yield jobs
        workers = self._here.workers.alive()
        yield GaugeMetricFamily("trainshed_workers", "Workers that are alive", len(workers))
        yield GaugeMetricFamily(
            "trainshed_workers_busy", "Workers that train", sum(w.job is not None for w in workers)
        )
        unheard = doorbell.unheard(self._here.redis)
        yield GaugeMetricFamily("trainshed_doorbell_messages", "Celery messages not yet taken", unheard)
