"""What a finished job says of its model: the evaluation, the pictures of it, labels that are likely wrong."""

from typing import Any

from fastapi import APIRouter, Response

from app.deps import ExistingJob, Here, Services
from app.errors import NotReady
from app.pictures import IMMUTABLE, described, linked
from app.suspects import suspects
from store.errors import SampleMissing
from store.job import Job
from store.job_files import JobFiles, RunFiles

router = APIRouter(prefix="/jobs/{job_id}", tags=["evaluation"])


@router.get("/evaluation")
def evaluation(job: ExistingJob, here: Here) -> dict[str, Any]:
    """The finished model on the whole test split: per class, confusion matrix, top-k, hardest mistakes.

    The mistakes have an `image`, null where none was kept: `/pictures` has those that are, and others.
    """
    run, report = _evaluated(here, job)
    return {"job_id": job.id, **linked(job, run, report)}


@router.get("/pictures")
def pictures(job: ExistingJob, here: Here) -> dict[str, Any]:
    """Test images as the data set has them: the hardest mistakes first, then `sample`s, some of each class.

    The samples are the same for every job on a data set. `row` counts in its test split; `mistake` is null for those
    that are not among the hardest.
    """
    run, report = _evaluated(here, job)
    found = described(job, run, report)
    if found is None:
        raise NotReady(_none_kept(job))
    return {"job_id": job.id, "data": found}


@router.get("/pictures/{row}", response_class=Response)
def picture(row: int, job: ExistingJob, here: Here) -> Response:
    """One of them, as PNG."""
    run, _ = _evaluated(here, job)
    found = run.read_pictures()
    if found is None:
        raise NotReady(_none_kept(job))
    if row not in found:
        raise SampleMissing(f"{row}: GET /jobs/{job.id}/pictures lists those that {job.id} kept")
    return Response(found.png(row), media_type="image/png", headers=IMMUTABLE)


@router.get("/suspects")
def likely_wrong_labels(job: ExistingJob, here: Here) -> dict[str, Any]:
    """Training images that stayed hard to learn, the worst first: their labels are likely wrong, or they are odd."""
    found = suspects(here, job)
    if found is None:
        raise NotReady(f"{job.id} is {job.state}: labels are judged when it has trained")
    return {"job_id": job.id, **found}


def _evaluated(here: Services, job: Job) -> tuple[RunFiles, dict[str, Any]]:
    """The run that ended well, and its evaluation. NotReady."""
    if job.is_range_test:
        raise NotReady(f"{job.id} is a learning-rate range test: it trains no model to evaluate")
    run = JobFiles.of(here.settings.home, job.id).run(job.run or 0)
    report = None if job.run is None else run.read_evaluation()
    if report is None:
        raise NotReady(f"{job.id} is {job.state}: it is evaluated when it has trained")
    return run, report


def _none_kept(job: Job) -> str:
    return f"{job.id} kept no pictures: it was trained before Trainshed did"
