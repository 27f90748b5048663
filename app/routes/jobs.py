"""Jobs: submitted, listed, shown, cancelled, paused, resumed, deleted."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from starlette.status import HTTP_201_CREATED, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from app.costs import cost, estimate
from app.deps import Cursor, Here, Services
from app.errors import Unprocessable
from app.recipes import recipes
from app.records import RECENT, record, summary
from app.submission import Submission, inherit, lend, placed
from model.data.catalog import BUILT_IN, BuiltIn, facts_of, is_present
from model.refusal import Refusal
from model.spec import Architecture
from model.spec.presets import PRESETS
from store import doorbell, files
from store.dataset import Dataset
from store.errors import DatasetUnknown, IdempotencyConflict
from store.job import Job
from store.job_files import JobFiles
from store.jobs import new_id
from store.states import State

router = APIRouter(tags=["jobs"])
IdempotencyKey = Annotated[str, Header(max_length=200)]
LABEL_SCAN, LABEL_SCANS = (
    200,
    10,
)  # records read at a time when a label is looked for, and how often for one answer


@router.post("/jobs", status_code=HTTP_201_CREATED)
def submit(
    spec: Submission, response: Response, here: Here, idempotency_key: IdempotencyKey = ""
) -> dict[str, Any]:
    """Queue a training run. With an `Idempotency-Key`, sending it again gives the same job, not a second one.

    With `resume_from` it goes on from a checkpoint of another job: "last", "best", or one of its steps.

    With `"mode": "lr_range"` it looks for a learning rate (Smith 2017, arXiv 1506.01186) in place of training a model:
    the rate rises exponentially over the steps until the loss diverges, and the record's `lr_range` suggests one.
    """
    if not spec.data.dataset:
        raise Unprocessable(Refusal("/data/dataset", "missing", "a job needs a dataset", None))
    named, asked = spec.data.dataset, spec.body()
    spec, dataset = placed(here, spec)
    costs = cost(here, spec)
    own_id = new_id()
    inherit(here, spec, costs.steps, own_id)
    lend(here, spec, own_id)
    numbers = (costs.steps, costs.images_per_epoch, costs.batch_size)
    body = {**spec.body(), "dataset": _trained_on(here, named, dataset)}
    try:
        job_id, is_new = here.jobs.submit(
            body, *numbers, idempotency_key, own_id, dataset.id if dataset else None, asked
        )
    except (IdempotencyConflict, DatasetUnknown):
        JobFiles.of(here.settings.home, own_id).delete()
        raise
    if is_new:
        here.archive.try_to_keep(job_id)
        doorbell.ring(here.doorbell)
    else:
        JobFiles.of(here.settings.home, own_id).delete()
        response.headers["Idempotency-Replayed"] = "true"
    response.headers["Location"] = f"/jobs/{job_id}"
    return _record(here, job_id)


@router.post("/jobs/validate")
def validate(spec: Submission, here: Here) -> dict[str, Any]:
    """Check a spec without queueing it: layer table, parameters, FLOPs, memory, time, warnings.

    `seconds_per_step`, and `seconds` of the whole run, are for a worker's machine that has nothing else to do. They
    are null, and `no_seconds_because` says why, until a worker has measured its speed, which takes an idle one some
    twenty seconds, once. `batch_size` is the number that `auto` would be there.
    """
    spec, _ = placed(here, spec)
    facts = facts_of(spec.data, files.datasets(here.settings.home))
    costs = cost(here, spec)
    answer = {"spec": spec.model_dump(mode="json"), **asdict(costs)}
    if isinstance(facts, BuiltIn) and not is_present(facts, files.datasets(here.settings.home)):
        answer["warnings"] = (
            *costs.warnings,
            f"{facts.name} is not on the API's machine: the worker will download it",
        )
    return answer


@router.get("/jobs")
def list_jobs(
    here: Here,
    state: State | None = None,
    label: Annotated[str | None, Query(pattern=r"^[^:]+:[^:]+$", description="name:value")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Cursor = None,
) -> dict[str, Any]:
    """Newest first. `best` is the most accurate evaluation so far.

    `progress` of one that has not ended has its last batch and the time left; of others they are null here.

    With a `label` one answer looks at 2,000 jobs at most: its page can be short, even empty, and yet not the last.
    """
    size = LABEL_SCAN if label else limit + 1
    found: list[Job] = []
    next_after = after
    for _ in range(LABEL_SCANS):
        page = here.jobs.page(size, next_after, state)
        found += [job for job in page if not label or _has(job, label)]
        if len(found) > limit or len(page) < size:
            next_after = found[limit - 1].id if len(found) > limit else None
            break
        next_after = page[-1].id
    return {
        "data": _summaries(here, found[:limit]),
        "has_more": next_after is not None,
        "next_after": next_after,
    }


@router.get("/jobs/{job_id}")
def show(job_id: str, here: Here) -> dict[str, Any]:
    """The record, with progress, place in the queue and every change of state; `lr_range` is what such a test found.

    Before its first batch `progress.estimate` says what the run is expected to take.
    """
    return _record(here, job_id)


@router.post("/jobs/{job_id}/cancel", status_code=HTTP_202_ACCEPTED)
def cancel(job_id: str, here: Here) -> dict[str, Any]:
    """At once for a queued job; a running one saves a checkpoint and ends within two seconds."""
    _ask(here, job_id, "cancel")
    return _record(here, job_id)


@router.post("/jobs/{job_id}/pause", status_code=HTTP_202_ACCEPTED)
def pause(job_id: str, here: Here) -> dict[str, Any]:
    """A running job saves a checkpoint and gives its worker back."""
    _ask(here, job_id, "pause")
    return _record(here, job_id)


@router.post("/jobs/{job_id}/resume", status_code=HTTP_202_ACCEPTED)
def resume(job_id: str, here: Here) -> dict[str, Any]:
    """A paused job takes its old place in the queue and goes on from its checkpoint."""
    _ask(here, job_id, "resume")
    doorbell.ring(here.doorbell)
    return _record(here, job_id)


@router.delete("/jobs/{job_id}", status_code=HTTP_204_NO_CONTENT)
def delete(job_id: str, here: Here) -> None:
    """A finished job and all that it kept: metrics, checkpoints, model. Refused while an alias means it."""
    with here.aliases.unnamed(job_id):
        here.jobs.delete(job_id)
        here.models.forget(job_id)
        JobFiles.of(here.settings.home, job_id).delete()


@router.get("/presets")
def presets() -> dict[str, Any]:
    """What is known by name: networks, data sets, and recipes, which are whole specs to submit or to start from."""
    architectures = {
        name: Architecture.model_validate({"preset": name}).model_dump(mode="json") for name in PRESETS
    }
    datasets = {name: asdict(facts) for name, facts in BUILT_IN.items()}
    return {"architectures": architectures, "datasets": datasets, "recipes": recipes()}


def _trained_on(here: Services, named: str, dataset: Dataset | None) -> dict[str, Any]:
    """What a job's record says of its data set for ever; `sha256` is of the pictures and labels themselves."""
    packed = dataset and here.datasets.packed(dataset)
    return {"name": named, "id": dataset and dataset.id, "sha256": packed and packed.sha256}


def _ask(here: Services, job_id: str, event: str) -> None:
    here.jobs.ask(job_id, event)
    here.archive.try_to_keep(job_id)


def _summaries(here: Services, jobs: list[Job]) -> list[dict[str, Any]]:
    """One round trip for the last batches of all that have not ended."""
    going = [job for job in jobs if not job.is_final]
    recent = dict(zip((job.id for job in going), here.metrics.newest(going, RECENT), strict=True))
    return [summary(job, recent.get(job.id, [])) for job in jobs]


def _has(job: Job, label: str) -> bool:
    name, _, value = label.partition(":")
    return bool(job.body["labels"].get(name) == value)


def _record(here: Services, job_id: str) -> dict[str, Any]:
    job = here.jobs.get(job_id)
    recent = here.metrics.points(job, max(0, job.step - RECENT), RECENT)
    return record(
        job,
        here.jobs.place(job_id),
        recent,
        here.jobs.history(job_id),
        here.jobs.events(job_id),
        estimate(here, job),
    )
