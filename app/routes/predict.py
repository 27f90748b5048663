"""Predictions: images in, labels and probabilities out."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, ValidationError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile

from app.deps import Here, Services
from app.errors import NotReady, Unprocessable
from app.predictor import ModelMissing
from model.refusal import Refusal, from_validation
from store.files import JobFiles
from store.job import Job
from store.states import State

router = APIRouter(tags=["predict"])
MOST_IMAGES = 256  # in one request
UTF_8 = (b"utf-8", b"utf8", b"us-ascii")
Images = list[tuple[str, bytes]]  # file name, content


class Question(BaseModel):
    """Which model, and how many of its guesses; as form fields or in the query."""

    job_id: str = Field(min_length=1, max_length=64)
    top_k: int = Field(5, ge=1, le=1000)


_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["image"],
                "properties": {
                    "image": {"type": "array", "items": {"type": "string", "format": "binary"}},
                    "job_id": {"type": "string"},
                    "top_k": {"type": "integer", "default": 5},
                },
            }
        },
        "image/*": {"schema": {"type": "string", "format": "binary"}},
    },
}
_QUERY = [
    {"name": "job_id", "in": "query", "schema": {"type": "string"}, "description": "Here or in the form."},
    {"name": "top_k", "in": "query", "schema": {"type": "integer", "default": 5}},
]


@router.post("/predict", openapi_extra={"requestBody": _BODY, "parameters": _QUERY})
async def predict(request: Request, here: Here) -> dict[str, Any]:
    """What the model of a finished job sees in one or more images: JPEG, PNG, WebP, BMP or GIF.

    Send the files as `image` fields of a form, or one image as the body itself. A bad image among good ones is
    reported in its place.
    """
    fields, images = await _read(request)
    try:
        question = Question.model_validate({**request.query_params, **fields})
    except ValidationError as error:
        raise Unprocessable(*from_validation(error, fields)) from error
    if not images:
        raise Unprocessable(Refusal("/image", "missing", "send one image or more"))
    if len(images) > MOST_IMAGES:
        raise Unprocessable(Refusal("/image", "too_many", f"at most {MOST_IMAGES} images in one request"))
    job = await _finished(here, question.job_id)
    folder = JobFiles.of(here.settings.home, job.id).run(job.run or 0).model
    try:
        answer = await here.predictor.predict(folder, images, question.top_k)
    except ModelMissing as error:
        raise NotReady(f"the model of {job.id} is gone: its files were removed") from error
    faults = [prediction["error"] for prediction in answer["predictions"] if "error" in prediction]
    if len(faults) == len(images):
        raise Unprocessable(
            *(Refusal(f"/image/{i}", fault["code"], fault["message"]) for i, fault in enumerate(faults))
        )
    return {"model": {"job_id": job.id, "step": job.step}, **answer}


async def _read(request: Request) -> tuple[dict[str, str], Images]:
    named, options = parse_options_header(request.headers.get("content-type", ""))
    kind = named.decode("latin-1")
    if kind.startswith("image/") or kind == "application/octet-stream":
        body = await request.body()
        return {}, [("", body)] if body else []
    if kind != "multipart/form-data":
        raise _content_type("send multipart/form-data or an image/* body")
    if options.get(b"charset", b"utf-8").lower() not in UTF_8:  # Python's codecs hold more than alphabets
        raise _content_type("send the form in UTF-8")
    async with request.form(max_files=MOST_IMAGES + 1, max_fields=10) as form:
        images = [
            (file.filename or "", await file.read())
            for file in form.getlist("image")
            if isinstance(file, UploadFile)
        ]
        return {name: value for name, value in form.items() if isinstance(value, str)}, images


def _content_type(message: str) -> Unprocessable:
    return Unprocessable(Refusal("header:content-type", "content_type", message))


async def _finished(here: Services, job_id: str) -> Job:
    job = await here.get_job(job_id)
    if job.state != State.SUCCEEDED:
        raise NotReady(f"{job_id} is {job.state}: only a job that succeeded predicts")
    if job.is_range_test:
        raise NotReady(f"{job_id} was a learning-rate range test: it trained no model")
    return job
