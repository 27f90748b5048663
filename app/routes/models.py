"""Finished models."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.deps import Cursor, Here, Services
from app.records import timestamp
from store.files import JobFiles
from store.job import Job
from store.states import State

PAGE = 100  # records read at a time
router = APIRouter(tags=["models"])


@router.get("/models")
def models(
    here: Here,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Cursor = None,
) -> dict[str, Any]:
    """The models that can predict, newest job first."""
    found = list(islice(_trained(here, after), limit + 1))
    shown, has_more = found[:limit], len(found) > limit
    data = [_model(job, _card(here, job)) for job in shown]
    return {"data": data, "has_more": has_more, "next_after": shown[-1].id if has_more else None}


def _trained(here: Services, after: str | None) -> Iterator[Job]:
    """Every job that left a model, which a range test does not."""
    while page := here.jobs.page(PAGE, after, State.SUCCEEDED):
        yield from (job for job in page if not job.is_range_test)
        after = page[-1].id


def _card(here: Services, job: Job) -> dict[str, Any]:
    run = JobFiles.of(here.settings.home, job.id).run(job.run or 0)
    return run.read_card() or {}


def _model(job: Job, card: dict[str, Any]) -> dict[str, Any]:
    evaluation = job.evaluation or {}
    return {
        "job_id": job.id,
        "name": job.body["name"],
        "created_at": timestamp(job.finished_at),
        **{
            name: card.get(name)
            for name in ("dataset", "classes", "image_size", "channels", "parameters", "step")
        },
        "accuracy": evaluation.get("accuracy"),
        "loss": evaluation.get("loss"),
    }
