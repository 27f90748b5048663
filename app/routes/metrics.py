"""What training says: every batch by cursor, live as server-sent events, evaluations, checkpoints, logs."""

import asyncio
import csv
import io
import time
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from redis.exceptions import RedisError

from app.deps import ExistingJob, Here, Services
from app.errors import Unprocessable
from model.refusal import Refusal
from model.runs.manifest import best_of
from model.training.metrics import AVERAGED, RECORD
from store.errors import JobMissing
from store.job import Job
from store.job_files import JobFiles

router = APIRouter(prefix="/jobs/{job_id}", tags=["metrics"])
Step = Annotated[int, Query(ge=0, le=2**31, description="Only what came after this step.")]
LOOK_SECONDS = 1.0  # a lost notification costs at most this
PAGE = 2_000  # points in one event of a stream


@router.get("/metrics", response_model=None)
async def metrics(
    job_id: str,
    here: Here,
    after: Step = 0,
    until: Annotated[
        int | None, Query(ge=1, le=2**31, description="Only up to this step, and this one too.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100_000)] = 5_000,
    wait: Annotated[
        float, Query(ge=0, le=60, description="Seconds to wait for news when there is none.")
    ] = 0,
    max_points: Annotated[
        int | None,
        Query(
            ge=10,
            le=100_000,
            description="Thin out, keeping extremes. `mean_loss` and `mean_accuracy` are of the batches after the "
            "point before, up to this one: what a smooth line is drawn from.",
        ),
    ] = None,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """Every batch after a step, none twice, none left out: go on with `after=next_after`.

    With `until`, a range of steps: `max_points` then thins out that range alone, and shows more of it. `complete` says
    that nothing more will come of what was asked for, because the job has ended.
    """
    if until is not None and until < after:
        raise Unprocessable(Refusal("query:until", "range", f"it is before `after`, which is {after}"))
    job = await _news(here, job_id, after, 0 if until == after else wait)

    def answer() -> Response:
        """In a thread as a whole: 100,000 points take long to be written as text, and would hold up everybody."""
        if max_points is None:
            points = here.metrics.points(job, after, limit, until)
        else:
            points = here.metrics.thinned(job, after, max_points, until)
        if form == "csv":
            return Response(_csv(points, max_points is not None), media_type="text/csv")
        return JSONResponse(_page(job, after, until, points))  # FastAPI's own encoder would walk every number

    return await asyncio.to_thread(answer)


def _page(job: Job, after: int, until: int | None, points: list[dict[str, Any]]) -> dict[str, Any]:
    """A cursor never goes back: a run that was resumed trains again what its readers have seen already."""
    next_after = points[-1]["step"] if points else after
    last = job.step if until is None else min(job.step, until)
    return {
        "job_id": job.id,
        "attempt": job.attempt,
        "state": job.state,
        "points": points,
        "next_after": next_after,
        "last_step": job.step,
        "complete": job.is_final and next_after >= last,
    }


@router.get("/stream", response_class=EventSourceResponse)
async def stream(
    job: ExistingJob, here: Here, after: Step = 0, last_event_id: Annotated[int | None, Header(ge=0)] = None
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: `metrics` (its id is its last step), `state`, `evaluation`, and `end`.

    A client that was cut off sends `Last-Event-ID`, as browsers do, and misses nothing.
    """
    cursor, state, scored = after if last_event_id is None else last_event_id, None, -1
    while True:
        try:
            job = await here.get_job(job.id)
            if job.state != state:
                state = job.state
                yield ServerSentEvent(
                    event="state",
                    data={
                        "state": state,
                        "step": job.step,
                        "steps": job.steps,
                        "error": job.error,
                        "lr_range": job.lr_range,
                    },
                )
            while points := await asyncio.to_thread(here.metrics.points, job, cursor, PAGE):
                cursor = points[-1]["step"]
                yield ServerSentEvent(event="metrics", id=str(cursor), data={"points": points})
            if job.evaluation and job.evaluation["step"] > scored:
                for evaluation in await asyncio.to_thread(here.metrics.evaluations, job):
                    if evaluation["step"] > scored:
                        yield ServerSentEvent(event="evaluation", data=evaluation)
                scored = job.evaluation["step"]
            if job.is_final:
                yield ServerSentEvent(event="end", data={"state": state})
                return
        except JobMissing:
            yield ServerSentEvent(event="end", data={"state": "deleted"})
            return
        except RedisError:
            return  # the client connects again, and hears 503 until the store is back
        await here.changes.wait(job.id, LOOK_SECONDS)


@router.get("/evaluations")
def evaluations(job: ExistingJob, here: Here) -> dict[str, Any]:
    """Loss and accuracy of every evaluation during the run."""
    return {"data": here.metrics.evaluations(job)}


@router.get("/checkpoints")
def checkpoints(job: ExistingJob, here: Here) -> dict[str, Any]:
    """What a run could go on from, with what was measured there; a job keeps its last ones and its best one."""
    kept = _files(here, job).checkpoints()
    best = best_of([manifest for _, manifest in kept])
    data = [{**asdict(each), "attempt": run.token, "best": each is best} for run, each in kept]
    return {"data": data}


@router.get("/logs", response_class=PlainTextResponse)
def logs(job: ExistingJob, here: Here, lines: Annotated[int, Query(ge=1, le=10_000)] = 200) -> str:
    """The end of what the trainer wrote."""
    return "\n".join([*_files(here, job).last_lines(lines), ""])


async def _news(here: Services, job_id: str, after: int, wait: float) -> Job:
    """The job, as soon as it has a batch after `after` or has ended, at the latest after `wait` seconds."""
    deadline = time.monotonic() + wait
    while True:
        job = await here.get_job(job_id)
        left = deadline - time.monotonic()
        if job.step > after or job.is_final or left <= 0:
            return job
        await here.changes.wait(job_id, min(left, LOOK_SECONDS))


def _csv(points: list[dict[str, Any]], is_thinned: bool) -> str:
    text = io.StringIO()
    names = ["step", "epoch", *(RECORD.names or ()), *(AVERAGED if is_thinned else ())]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(points)
    return text.getvalue()


def _files(here: Services, job: Job) -> JobFiles:
    return JobFiles.of(here.settings.home, job.id)
