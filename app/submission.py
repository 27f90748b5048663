"""The body of `POST /jobs`: a spec, and perhaps another job's checkpoint to go on from."""

from difflib import get_close_matches
from typing import Annotated, Any, Literal, NoReturn

from pydantic import Field, StringConstraints

from app.deps import Services
from app.errors import NotReady, Unprocessable
from model.data.catalog import BUILT_IN
from model.refusal import Refusal, SpecError
from model.runs.manifest import Manifest, best_of
from model.spec import JobSpec
from model.spec.fields import Strict
from model.spec.lineage import differences
from store.dataset import Dataset
from store.errors import DatasetUnknown, JobMissing
from store.job import Job
from store.job_files import JobFiles, RunFiles
from store.jobs import JOB_ID
from store.states import State


class ResumeFrom(Strict):
    """A checkpoint of an earlier job, whatever its end."""

    job: Annotated[str, StringConstraints(pattern=f"^{JOB_ID.pattern}$")] = Field(description="Its id.")
    checkpoint: Literal["last", "best"] | Annotated[int, Field(ge=0)] = Field(
        "last",
        description="best: of the lowest loss at an evaluation; or the step of one of its checkpoints.",
    )


class Submission(JobSpec):
    """One training run."""

    resume_from: ResumeFrom | None = Field(
        None,
        description="Go on from another job's checkpoint: its steps, its curve. Architecture, data, batch_size, seed "
        "and optimizer must be the same; more steps, other rates, another schedule are what it is for.",
    )

    def body(self) -> dict[str, Any]:
        """As the store keeps it."""
        spec = self.model_dump(mode="json")
        beside = {name: spec.pop(name) for name in ("name", "labels", "priority", "resume_from")}
        return {**beside, "spec": spec}


def placed(here: Services, submission: Submission) -> tuple[Submission, Dataset | None]:
    """With the id in place of a data set's name, and that set; None for a built-in one. SpecError, NotReady."""
    name = submission.data.dataset
    if name is None or name in BUILT_IN:
        return submission, None
    dataset = ready(here, name, "/data/dataset")
    return submission.model_copy(
        update={"data": submission.data.model_copy(update={"dataset": dataset.id})}
    ), dataset


def ready(here: Services, name: str, pointer: str) -> Dataset:
    """The set of one's own that the field at `pointer` names. SpecError, NotReady."""
    try:
        dataset = here.datasets.find(name)
    except DatasetUnknown:
        known = [*BUILT_IN, *(each for names in here.datasets.names().values() for each in names)]
        near = get_close_matches(name.lower(), known, 1)
        message = f"there is none called {name}; GET /datasets lists them, POST /datasets takes new ones"
        raise SpecError(pointer, "unknown_dataset", message, near[0] if near else None) from None
    if not dataset.is_ready:
        raise NotReady(f"the data set {name} is {dataset.condition}: GET /datasets/{dataset.id} says more")
    return dataset


def inherit(here: Services, submission: Submission, steps: int, job_id: str) -> None:
    """Gives the job that is to be a run 0, the checkpoint that it goes on from. Unprocessable, NotReady, OSError."""
    wanted = submission.resume_from
    if wanted is None:
        return
    parent = _parent(here, wanted, submission)
    of_parent = JobFiles.of(here.settings.home, parent.id)
    run, manifest = _chosen(of_parent.checkpoints(), wanted)
    if steps <= manifest.step:
        _refuse(
            "/training",
            "steps",
            f"the checkpoint is of step {manifest.step}: the job needs more steps than {steps}",
        )
    heir = JobFiles.of(here.settings.home, job_id)
    try:
        run.hand_over(manifest, heir.run(0))
    except OSError as error:
        heir.delete()
        if not isinstance(error, FileNotFoundError):
            raise
        raise NotReady(
            f"{parent.id} has just replaced its checkpoint of step {manifest.step}: ask again"
        ) from error


def lend(here: Services, submission: Submission, job_id: str) -> None:
    """Gives the job that is to be the model that it begins with. Unprocessable, OSError."""
    wanted = submission.init_from.job if submission.init_from else None
    if wanted is None:
        return
    parent = _finished(here, wanted)
    ours, theirs = submission.architecture, JobSpec.model_validate(parent.body["spec"]).architecture
    if (ours.blocks, ours.batch_norm) != (theirs.blocks, theirs.batch_norm):
        message = f"not those of {wanted}: it takes the same blocks and batch_norm to begin with its model"
        _refuse("/architecture/blocks", "init_from", message)
    try:
        JobFiles.of(here.settings.home, wanted).run(parent.run or 0).lend_model(
            JobFiles.of(here.settings.home, job_id)
        )
    except FileNotFoundError:
        JobFiles.of(here.settings.home, job_id).delete()
        _refuse("/init_from/job", "missing", f"the model of {wanted} was removed")


def _finished(here: Services, job_id: str) -> Job:
    try:
        job = here.jobs.get(job_id)
    except JobMissing:
        _refuse("/init_from/job", "missing", f"there is no job {job_id}")
    if job.state != State.SUCCEEDED or job.is_range_test:
        what = "a range test" if job.is_range_test else job.state
        _refuse("/init_from/job", "no_model", f"{job_id} is {what}: only a job that succeeded has a model")
    return job


def _parent(here: Services, wanted: ResumeFrom, submission: Submission) -> Job:
    try:
        parent = here.jobs.get(wanted.job)
    except JobMissing:
        _refuse("/resume_from/job", "missing", f"there is no job {wanted.job}")
    message = f"not that of {parent.id}, and its checkpoint needs the same"
    different = differences(JobSpec.model_validate(parent.body["spec"]), submission)
    if different:
        raise Unprocessable(*(Refusal(pointer, "resume_from", message) for pointer in different))
    if parent.is_range_test:
        _refuse(
            "/resume_from/job", "range_test", f"{parent.id} is a range test: its rates are of its own steps"
        )
    return parent


def _chosen(kept: list[tuple[RunFiles, Manifest]], wanted: ResumeFrom) -> tuple[RunFiles, Manifest]:
    if not kept:
        _refuse("/resume_from/job", "no_checkpoint", f"{wanted.job} has no checkpoint")
    best = best_of([manifest for _, manifest in kept])
    named = {"last": kept[-1:], "best": [pair for pair in kept if pair[1] is best]}
    steps = [pair for pair in kept if pair[1].step == wanted.checkpoint]
    found = named.get(str(wanted.checkpoint), steps)
    if not found:
        there = ", ".join(str(manifest.step) for _, manifest in kept)
        _refuse("/resume_from/checkpoint", "missing", f"{wanted.job} has checkpoints of the steps {there}")
    return found[0]


def _refuse(pointer: str, code: str, message: str) -> NoReturn:
    raise Unprocessable(Refusal(pointer, code, message))
