"""Predictions of many pictures: a data set's or those of an archive; asked for, watched, fetched, deleted."""

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.status import HTTP_201_CREATED, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from app.deps import ExistingPrediction, Here, Services
from app.errors import NotReady, Unprocessable
from app.predictions import as_csv, describe
from app.receiving import JSON, Received, announced, kind_of, read_json, receive
from app.routes.jobs import IdempotencyKey
from app.served import Naming
from app.submission import ready
from model.data.catalog import BUILT_IN
from model.refusal import Refusal, from_validation
from model.spec.fields import Strict
from store import doorbell
from store.errors import UploadMissing
from store.job import Job
from store.prediction_files import PredictionFiles
from store.predictions import PREDICTION_ID
from store.states import State

router = APIRouter(tags=["predict"])
LONGEST_WAIT = 60.0  # seconds


class Question(Strict, Naming):
    """Which model, of which pictures, and how many of its guesses."""

    dataset: str | None = Field(
        None,
        min_length=1,
        max_length=128,
        description="Name, `name:version` or id; or send pictures instead.",
    )
    split: Literal["train", "validation", "test", "all"] = Field("test", description="Of the data set.")
    top_k: int = Field(5, ge=1, le=1000)


_FIELDS = {
    name: {key: value for key, value in field.items() if key != "title"}
    for name, field in Question.model_json_schema()["properties"].items()
}
_BINARY = {"type": "string", "format": "binary"}
_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    **_FIELDS,
                    "upload": {"type": "string", "description": "In place of dataset."},
                },
            }
        },
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": _BINARY,
                    **{name: _FIELDS[name] for name in ("model", "job_id", "top_k")},
                },
            }
        },
        "application/octet-stream": {"schema": _BINARY},
    },
}


@router.post("/predictions", status_code=HTTP_201_CREATED, openapi_extra={"requestBody": _BODY})
async def submit(
    request: Request, response: Response, here: Here, idempotency_key: IdempotencyKey = ""
) -> dict[str, Any]:
    """What a model, named by its job or an alias, says of many pictures: of a data set's split, or of an archive.

    An archive, a zip or tar in any layout, comes as a form (`-F file=@many.zip -F model=...`), as the body itself
    (fields in the query), or through `/uploads` and then by its id in JSON. It is done in the background: see
    `progress`, then `/result`. One that has not begun when its model is deleted fails. With an `Idempotency-Key`,
    sending it again gives the same prediction.
    """
    fields = await read_json(request) if kind_of(request)[0] == JSON else None
    if fields is not None and "upload" not in fields:
        prediction_id, is_new = await _of_dataset(here, fields, idempotency_key)
    else:
        received = (
            await receive(request, here, _of_upload)
            if fields is None
            else await run_in_threadpool(announced, here, fields, _of_upload)
        )
        try:
            job = await run_in_threadpool(_trained, here, received.wanted)
            prediction_id, is_new = await run_in_threadpool(_hand_in, here, received, job, idempotency_key)
        finally:
            if not received.is_announced:  # nobody knows its id
                await run_in_threadpool(received.upload.delete)
    response.status_code = HTTP_201_CREATED if is_new else 200
    response.headers["Location"] = f"/predictions/{prediction_id}"
    return describe(await run_in_threadpool(here.predictions.get, prediction_id))


async def _of_dataset(here: Services, fields: dict[str, Any], key: str) -> tuple[str, bool]:
    question = _question(fields)
    if question.dataset is None:
        raise Unprocessable(Refusal("/dataset", "missing", "name a data set, or send pictures"))
    job = await run_in_threadpool(_trained, here, question)
    dataset, needs, images = await run_in_threadpool(_counted, here, question.dataset)
    steps = sum(images.values()) if question.split == "all" else images.get(question.split, 0)
    if not steps:
        has = ", ".join(split for split, count in images.items() if count)
        raise Unprocessable(Refusal("/split", "empty", f"{question.dataset} has no such images, only {has}"))
    body = {**_body(question, job), "dataset": dataset, "split": question.split}
    return await run_in_threadpool(_queue, here, question, body, steps, None, needs, key)


def _counted(here: Services, name: str) -> tuple[str, str | None, dict[str, int]]:
    """What trainers call the data set, its id if it is one's own, and how many images each of its splits has."""
    if facts := BUILT_IN.get(name):
        return name, None, {"train": facts.train_images, "test": facts.test_images}
    dataset = ready(here, name, "/dataset")
    packed = here.datasets.packed(dataset)
    return dataset.id, dataset.id, packed.images if packed else {}


def _of_upload(filename: str, fields: dict[str, Any]) -> Question:
    question = _question(fields)
    if "dataset" in fields or "split" in fields:
        raise Unprocessable(Refusal("/dataset", "two_sources", "name a data set, or send pictures: not both"))
    return question


def _question(fields: dict[str, Any]) -> Question:
    try:
        return Question.model_validate(fields)
    except ValidationError as error:
        raise Unprocessable(*from_validation(error, fields, Question)) from error


def _trained(here: Services, question: Question) -> Job:
    """Whose model it is now, wherever an alias moves later. JobMissing, AliasUnknown, NotReady."""
    served = here.models.find(question.name)
    served.card()
    return served.job


def _hand_in(here: Services, received: Received[Question], job: Job, key: str) -> tuple[str, bool]:
    """Of an upload that was handed in before it is the same prediction."""
    upload = received.upload
    if before := upload.became:
        if not PREDICTION_ID.fullmatch(before):
            raise UploadMissing(upload.id)  # it became a data set
        return before, False
    upload.check_complete()
    if not upload.offset:
        raise Unprocessable(Refusal("/file", "empty", "the file is empty"))
    facts = {"filename": received.filename, "bytes": upload.offset}
    body = {**_body(received.wanted, job), "upload": facts}
    prediction_id, is_new = _queue(here, received.wanted, body, 0, upload.content, None, key)
    upload.handed_in(prediction_id)
    return prediction_id, is_new


def _body(question: Question, job: Job) -> dict[str, Any]:
    return {"job_id": job.id, "run": job.run, "top_k": question.top_k}


def _queue(
    here: Services,
    question: Question,
    body: dict[str, Any],
    steps: int,
    upload: Path | None,
    needs: str | None,
    key: str,
) -> tuple[str, bool]:
    asked = {**question.model_dump(mode="json"), "upload": body.get("upload")}
    found, is_new = here.predictions.submit(here.settings.home, body, steps, upload, needs, key, asked)
    if is_new:
        here.prediction_archive.try_to_keep(found)
        doorbell.ring(here.prediction_doorbell)
    return found, is_new


@router.get("/predictions")
def list_predictions(
    here: Here,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(pattern=f"^{PREDICTION_ID.pattern}$")] = None,
) -> dict[str, Any]:
    """The newest first."""
    found = here.predictions.page(limit + 1, after)
    shown, has_more = found[:limit], len(found) > limit
    data = [describe(prediction) for prediction in shown]
    return {"data": data, "has_more": has_more, "next_after": shown[-1].id if has_more else None}


@router.get("/predictions/{prediction_id}")
async def show(
    prediction: ExistingPrediction,
    here: Here,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="Seconds, for news of it.")] = 0,
) -> dict[str, Any]:
    """How far it is, and its accuracy where the pictures have labels."""
    if wait and not prediction.is_final:
        await here.changes.wait(prediction.id, wait)
        prediction = await run_in_threadpool(here.predictions.get, prediction.id)
    return describe(prediction)


@router.get("/predictions/{prediction_id}/result", response_class=Response)
def result(
    prediction: ExistingPrediction,
    here: Here,
    form: Annotated[Literal["jsonl", "csv"], Query(alias="format")] = "jsonl",
) -> Response:
    """A line a picture: its path, its label if it is known, the likeliest class, its probability, and the next ones.

    A picture that cannot be read has a line too, with `error`.
    """
    path = PredictionFiles.of(here.settings.home, prediction.id).result
    if prediction.state != State.SUCCEEDED:
        raise NotReady(f"{prediction.id} is {prediction.state}: only one that succeeded has a result")
    if not path.exists():
        raise NotReady(f"the result of {prediction.id} is gone: its files were removed")
    filename = f"{prediction.id}.{form}"
    if form == "jsonl":
        return FileResponse(path, media_type="application/jsonl", filename=filename)
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return StreamingResponse(as_csv(path, prediction.body["top_k"]), media_type="text/csv", headers=headers)


@router.post("/predictions/{prediction_id}/cancel", status_code=HTTP_202_ACCEPTED)
def cancel(prediction: ExistingPrediction, here: Here) -> dict[str, Any]:
    """Give it up."""
    here.predictions.ask(prediction.id, "cancel")
    here.prediction_archive.try_to_keep(prediction.id)
    return describe(here.predictions.get(prediction.id))


@router.delete("/predictions/{prediction_id}", status_code=HTTP_204_NO_CONTENT)
def delete(prediction: ExistingPrediction, here: Here) -> None:
    """One that has ended, with its result."""
    here.predictions.delete(prediction.id)
    PredictionFiles.of(here.settings.home, prediction.id).delete()
