"""Finished models."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from starlette.status import HTTP_204_NO_CONTENT

from app import model_card
from app.deps import Cursor, ExistingModel, Here, Services
from app.records import timestamp
from app.served import Served
from model.finished import tried
from model.finished.exported import FORMATS
from store.job import Job
from store.job_files import JobFiles
from store.states import State

PAGE = 100  # records read at a time
SCORES = ("step", "split", "images", "loss", "accuracy", "top_k")  # of the evaluation
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
    aliases = here.aliases.by_job()
    data = [_summary(job, card, aliases.get(job.id, [])) for job, card in shown]
    return {"data": data, "has_more": has_more, "next_after": shown[-1][0].id if has_more else None}


@router.get("/models/{name}")
def show(model: ExistingModel, here: Here) -> dict[str, Any]:
    """By the id of its job or by an alias: how good it is, what it was trained on, where it comes from."""
    return _described(here, model)


@router.get("/models/{name}/card", response_class=Response)
def card(model: ExistingModel, here: Here) -> Response:
    """The same for people, in Markdown."""
    report = model.files.read_evaluation() or {}
    return Response(model_card.markdown(_described(here, model), report), media_type="text/markdown")


@router.delete("/models/{name}", status_code=HTTP_204_NO_CONTENT)
def delete(model: ExistingModel, here: Here) -> None:
    """Its files and exports; the job and its curve stay. Refused while an alias means it."""
    with here.aliases.unnamed(model.job.id):
        model.files.delete_model()


def _trained(here: Services, after: str | None) -> Iterator[tuple[Job, dict[str, Any]]]:
    """Every job that left a model, which a range test does not, and the model's card."""
    while page := here.jobs.page(PAGE, after, State.SUCCEEDED):
        for job in page:
            found = JobFiles.of(here.settings.home, job.id).run(job.run or 0).read_card()
            if found is not None:
                yield job, found
        after = page[-1].id


def _summary(job: Job, card: dict[str, Any], aliases: list[str]) -> dict[str, Any]:
    evaluation = job.evaluation or {}
    return {
        "job_id": job.id,
        "name": job.body["name"],
        "aliases": aliases,
        "created_at": timestamp(job.finished_at),
        "dataset": job.body.get("dataset") or {"name": card["dataset"], "id": None, "sha256": None},
        **{name: card[name] for name in ("classes", "image_size", "channels", "parameters", "step")},
        "accuracy": evaluation.get("accuracy"),
        "loss": evaluation.get("loss"),
    }


def _described(here: Services, model: Served) -> dict[str, Any]:
    job, card = model.job, model.card()
    report = model.files.read_evaluation() or {}
    found = [model.files.read_report(kind) for kind in FORMATS]
    return {
        **_summary(job, card, here.aliases.by_job().get(job.id, [])),
        "attempt": job.run,
        "bytes": model.files.weights.stat().st_size,
        "sha256": card["sha256"],
        "evaluation": {name: report[name] for name in SCORES if name in report} or None,
        "preprocessing": {
            name: card.get(name) for name in ("channels", "image_size", "mean", "deviation", "fit")
        },
        "calibration": {
            "temperature": card.get("temperature", 1.0),
            "fitted_on": card.get("calibrated_on"),  # null: nothing was fitted
        },
        "spec": card["spec"],
        "exports": [report for report in found if report],
        "trials": [asdict(trial) for trial in tried.trials(model.files.model)],
        "links": {
            "self": f"/models/{job.id}",
            "card": f"/models/{job.id}/card",
            "export": f"/models/{job.id}/export",
            "job": f"/jobs/{job.id}",
        },
    }
