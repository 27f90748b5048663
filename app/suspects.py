"""Training images whose labels are likely wrong, as a job found them."""

from itertools import islice
from typing import Any

from app.deps import Services
from store.dataset import Dataset
from store.job import Job
from store.job_files import JobFiles
from store.states import State

MOST_JOBS = 2000  # that are looked through for one that was trained on a data set
PAGE = 200


def suspects(here: Services, job: Job) -> dict[str, Any] | None:
    """The worst first, with their pictures where they are one's own; None where the job has not come to that."""
    found = None if job.run is None else JobFiles.of(here.settings.home, job.id).run(job.run).read_suspects()
    if found is None:
        return None
    dataset = (job.body.get("dataset") or {}).get("id")
    data = [{**each, **_picture(dataset, each["index"])} for each in found.pop("suspects")]
    return {**found, "data": data}


def newest(here: Services, dataset: Dataset) -> dict[str, Any] | None:
    """Those of the newest job that was trained on a data set; None where there is none among the newest jobs."""
    for job in islice(_succeeded(here), MOST_JOBS):
        if (job.body.get("dataset") or {}).get("id") == dataset.id:
            found = suspects(here, job)
            if found is not None:
                return {"job": job.id, **found}
    return None


def _succeeded(here: Services) -> Any:
    after = None
    while page := here.jobs.page(PAGE, after, State.SUCCEEDED):
        yield from page
        after = page[-1].id


def _picture(dataset: str | None, row: int) -> dict[str, Any]:
    """The training images are the first rows of a data set."""
    return {"row": row, "image": f"/datasets/{dataset}/samples/{row}"} if dataset else {}
