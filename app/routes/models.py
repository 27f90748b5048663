"""Finished models."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.deps import Cursor, Here
from app.records import timestamp
from store.files import JobFiles
from store.jobs import Job
from store.states import State

router = APIRouter(tags=["models"])


@router.get("/models")
def models(
    here: Here,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Cursor = None,
) -> dict[str, Any]:
    """The models that can predict, newest job first."""
    page = here.jobs.page(limit + 1, after, State.SUCCEEDED)
    shown, has_more = page[:limit], len(page) > limit
    data = [_model(job, JobFiles.of(here.settings.home, job.id).read_card() or {}) for job in shown]
    return {"data": data, "has_more": has_more, "next_after": shown[-1].id if has_more else None}


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
