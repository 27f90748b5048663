"""Predictions: images in, labels, probabilities and their explanations out."""

from base64 import b64decode
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import ConfigDict, ValidationError
from python_multipart.multipart import parse_options_header

from app.deps import Services
from app.errors import NotReady, Unprocessable
from app.form import Fields, read_pictures
from app.predictor import ClassUnknown, ModelMissing
from app.served import Naming, gone
from model.refusal import Refusal, from_validation
from predictor.wire import Question


class Direct(APIRoute):
    """Its endpoint takes the request and gives the response: there is nothing for FastAPI to do in between."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        return self.endpoint


router = APIRouter(tags=["predict"], route_class=Direct)
MOST_EXPLAINED = 16  # images in one request: each takes a pass of its own
PNG = "image/png"
UTF_8 = (b"utf-8", b"utf8", b"us-ascii")
Images = list[tuple[str, bytes]]  # file name, content


class Form(Question, Naming):
    """Which model, and what it is asked; as form fields or in the query."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)


_FIELDS: dict[str, Any] = Form.model_json_schema()["properties"]
_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["image"],
                "properties": {
                    "image": {"type": "array", "items": {"type": "string", "format": "binary"}},
                    **_FIELDS,
                },
            }
        },
        "image/*": {"schema": {"type": "string", "format": "binary"}},
    },
}
_QUERY = [
    {"name": name, "in": "query", "schema": schema, "description": schema["description"]}
    for name, schema in _FIELDS.items()
]
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {PNG: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.post(
    "/predict",
    openapi_extra={"requestBody": _BODY, "parameters": _QUERY},
    response_model=dict[str, Any],
    responses=_ANSWERS,
)
async def predict(request: Request) -> Response:
    """What a model, named by its job or an alias, sees in one or more images: JPEG, PNG, WebP, BMP or GIF.

    Send the files as `image` fields of a form, or one image as the body itself. A bad image among good ones is
    reported in its place. Probabilities are calibrated. `ood` is how unlike the training images an image is: the share
    of held-out images that are less so, and null for models that do not know. Who explains one image and accepts
    `image/png` gets the picture with the map over it.
    """
    here: Services = request.app.state.services
    fields, images = await _read(request)
    question = _question({**request.query_params, **fields}, len(images))
    as_picture = _prefers_png(request) and question.explain is not None
    if as_picture and len(images) != 1:
        raise Unprocessable(Refusal("/image", "too_many", "an answer that is one picture is of one image"))
    served = await here.models.recall(question.name)
    job = served.job
    try:
        answer = await here.predictor.predict(served.files.model, images, question)
    except ModelMissing as error:
        await here.models.renew(job.id)  # who was deleted with its model is missing
        raise NotReady(gone(job.id)) from error
    except ClassUnknown as error:
        raise Unprocessable(Refusal("/class", error.code, str(error))) from error
    faults = [prediction["error"] for prediction in answer["predictions"] if "error" in prediction]
    if len(faults) == len(images):
        raise Unprocessable(
            *(Refusal(f"/image/{i}", fault["code"], fault["message"]) for i, fault in enumerate(faults))
        )
    if as_picture:
        return Response(b64decode(answer["predictions"][0]["explanation"]["overlay"]), media_type=PNG)
    said_by = {"job_id": job.id, "alias": served.alias, "step": job.step, "engine": answer.pop("engine")}
    return JSONResponse({"model": said_by, **answer})


def _question(fields: dict[str, str], images: int) -> Form:
    """Unprocessable."""
    try:
        question = Form.model_validate(fields)
    except ValidationError as error:
        raise Unprocessable(*from_validation(error, fields, Form)) from error
    if not images:
        raise Unprocessable(Refusal("/image", "missing", "send one image or more"))
    if question.explain and images > MOST_EXPLAINED:
        message = f"at most {MOST_EXPLAINED} images in one request that is to be explained"
        raise Unprocessable(Refusal("/image", "too_many", message))
    if question.target is not None and not question.explain:
        raise Unprocessable(
            Refusal("/class", "not_explained", "this is for explanations: add explain=gradcam")
        )
    return question


def _prefers_png(request: Request) -> bool:
    return request.headers.get("accept", "").split(",")[0].split(";")[0].strip() == PNG


async def _read(request: Request) -> tuple[Fields, Images]:
    named, options = parse_options_header(request.headers.get("content-type", ""))
    kind = named.decode("latin-1")
    if kind.startswith("image/") or kind == "application/octet-stream":
        body = await request.body()
        return {}, [("", body)] if body else []
    if kind != "multipart/form-data":
        raise _content_type("send multipart/form-data or an image/* body")
    if options.get(b"charset", b"utf-8").lower() not in UTF_8:  # Python's codecs hold more than alphabets
        raise _content_type("send the form in UTF-8")
    fields, images = await read_pictures(request.stream(), options.get(b"boundary", b""))
    fields.pop("image", None)  # sent as text: then it is missing, and no field that is unknown
    return fields, images


def _content_type(message: str) -> Unprocessable:
    return Unprocessable(Refusal("header:content-type", "content_type", message))
