"""The Open Inference Protocol, which KServe and Triton call v2: models for clients that know nothing of jobs.

A model's name is the id of its job or an alias, and its version the attempt that succeeded.
"""

import asyncio
from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException

from app import inference
from app.deps import Here
from app.errors import OPEN_INFERENCE, NotReady, Unprocessable, UnsupportedMediaType
from app.predictor import ModelMissing, PredictorFault
from app.served import gone
from app.tensors import pack, unpack
from model.refusal import Refusal
from predictor.wire import Question
from store import connection
from store.job_files import RunFiles

router = APIRouter(tags=["inference"], prefix=OPEN_INFERENCE)
HEADER_LENGTH = "Inference-Header-Content-Length"
NOT_READY = 400  # the protocol has a 4xx for false

_BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": {"type": "object", "required": ["inputs"]}},
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
    },
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    name: str
    run: RunFiles  # the attempt that left it
    classes: list[str]

    @property
    def version(self) -> str:
        return str(self.run.token)


async def _endpoint(name: str, request: Request, here: Here) -> Endpoint:
    """JobMissing, AliasUnknown, NotReady."""
    served = await asyncio.to_thread(here.models.find, name)
    run = served.files
    wanted = request.path_params.get("version", str(run.token))
    if wanted != str(run.token):
        raise HTTPException(404, f"{name} has the version {run.token} and no other")
    card = await asyncio.to_thread(served.card)
    return Endpoint(name, run, card["classes"])


Model = Annotated[Endpoint, Depends(_endpoint)]


@router.get("")
async def server() -> dict[str, Any]:
    """Which server this is, and which of the protocol's extensions it speaks."""
    return {"name": "trainshed", "version": version("trainshed"), "extensions": ["binary_tensor_data"]}


@router.get("/health/live")
async def live() -> dict[str, bool]:
    """This process answers."""
    return {"live": True}


@router.get("/health/ready")
async def ready(here: Here) -> JSONResponse:
    """Models can be asked: the store and the predictor are there."""
    try:
        await asyncio.to_thread(connection.probe, here.redis)
        is_ready = await here.predictor.ready()
    except RedisError:
        is_ready = False
    return JSONResponse({"ready": is_ready}, 200 if is_ready else NOT_READY)


@router.get("/models/{name}")
@router.get("/models/{name}/versions/{version}")
async def model(served: Model) -> dict[str, Any]:
    """What goes in and comes out; `parameters` has the names of the classes, in the order of `probabilities`."""
    head = {"name": served.name, "versions": [served.version], "platform": "pytorch_safetensors"}
    return {**head, **inference.metadata(served.classes)}


@router.get("/models/{name}/ready")
@router.get("/models/{name}/versions/{version}/ready")
async def model_ready(served: Model, here: Here) -> JSONResponse:
    """Whether it can be asked."""
    is_ready = await here.predictor.ready()
    return JSONResponse({"name": served.name, "ready": is_ready}, 200 if is_ready else NOT_READY)


@router.post("/models/{name}/infer", openapi_extra={"requestBody": _BODY})
@router.post("/models/{name}/versions/{version}/infer", openapi_extra={"requestBody": _BODY})
async def infer(
    served: Model,
    request: Request,
    here: Here,
    inference_header_content_length: Annotated[
        str | None, Header(description="Bytes of JSON, where tensors follow it.")
    ] = None,
) -> Response:
    """`image` is BYTES [N], pictures in their files' format; or their pixels, [N, H, W, C] or [N, C, H, W], as
    UINT8, or as FP32 in 0 to 1. It answers `probabilities` FP32 [N, classes], `class` INT64 [N], `label` BYTES [N].
    """
    if encoding := request.headers.get("content-encoding"):
        raise UnsupportedMediaType(f"send the body as it is, without Content-Encoding: {encoding}")
    body = await request.body()
    asked, given = await asyncio.to_thread(unpack, body, inference_header_content_length)
    names, binary = inference.chosen(asked)
    pictures = await asyncio.to_thread(inference.pictures, given)
    images = [(str(number), picture) for number, picture in enumerate(pictures)]
    most = inference.guesses(names, served.classes)
    try:
        predictions = (await here.predictor.predict(served.run.model, images, Question(top_k=most)))[
            "predictions"
        ]
    except ModelMissing as error:
        raise NotReady(gone(served.name)) from error
    except PredictorFault as error:
        if error.code != "answer_too_large":
            raise
        message = "too many probabilities for one answer: send fewer images, or ask for other outputs alone"
        raise Unprocessable(Refusal("/inputs/0/shape", error.code, message)) from error
    inference.check_readable(predictions)
    head = {"model_name": served.name, "model_version": served.version}
    head |= {"id": asked.id} if asked.id else {}
    content, length = pack(head, inference.tensors(names, predictions, served.classes), binary)
    if length is None:
        return Response(content, media_type="application/json")
    return Response(content, headers={HEADER_LENGTH: str(length)}, media_type="application/octet-stream")
