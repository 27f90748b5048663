"""The queue: what runs, and what waits in which order."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.deps import Here, Services
from app.records import RECENT, summary, timestamp
from store.queue import Waiting
from store.states import HELD

router = APIRouter(tags=["jobs"])
Cursor = Annotated[
    str | None, Query(pattern=r"^-?[0-9]{1,16}$", description="`next_after` of the page before")
]
HELD_MOST = 200  # in each of the states; a worker holds one
OF_RUNNING = ("id", "state", "name", "priority", "worker", "started_at", "progress")


@router.get("/queue")
def queue(
    here: Here, limit: Annotated[int, Query(ge=1, le=1000)] = 50, after: Cursor = None
) -> dict[str, Any]:
    """Who runs, who waits: higher priorities first, and within one first in, first out.

    `waiting` is a page of the queue in the order in which jobs will run, with their positions; the job at position 1 is
    next. A job whose trainer crashed waits out a pause first: until `not_before` it has no position. `counts` are of
    the whole queue, `running` are the jobs that a worker holds, those that it was asked to stop among them.
    """
    page = here.queue.page(limit, after)
    return {
        "counts": page.counts,
        "workers": len(here.workers.alive()),
        "running": _running(here),
        "waiting": [_waiting(job) for job in page.waiting],
        "has_more": page.next_after is not None,
        "next_after": page.next_after,
    }


def _running(here: Services) -> list[dict[str, Any]]:
    """Those that began first come first."""
    held = [job for state in HELD for job in here.jobs.page(HELD_MOST, state=state)]
    held.sort(key=lambda job: job.started_at or 0)
    wholes = map(summary, held, here.metrics.newest(held, RECENT))
    return [{name: whole[name] for name in OF_RUNNING} for whole in wholes]


def _waiting(job: Waiting) -> dict[str, Any]:
    return {
        "id": job.id,
        "position": job.position,
        "not_before": timestamp(job.not_before),
        "name": job.name,
        "priority": job.priority,
        "created_at": timestamp(job.created_at),
    }
