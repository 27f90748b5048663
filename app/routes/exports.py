"""A model as a file for other programs, and the report on how far the two agree."""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse, JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.status import HTTP_202_ACCEPTED

from app.deps import ExistingModel, Here, Services
from app.errors import NotReady
from app.predictor import ModelMissing
from app.served import Served, gone
from model.finished import exported
from model.finished.exported import Format

router = APIRouter(tags=["models"])
LONGEST_WAIT = 60.0  # seconds
RETRY_SECONDS = "2"
MEDIA = {"safetensors": "application/octet-stream", "onnx": "application/onnx", "torch": "application/zip"}
UNFINISHED: dict[int | str, Any] = {HTTP_202_ACCEPTED: {"description": "It is being made: ask again."}}

Wanted = Annotated[Format, Query(alias="format")]
Wait = Annotated[float, Query(ge=1, le=LONGEST_WAIT, description="Seconds, for one that is not there yet.")]


@router.get("/models/{name}/export", response_class=FileResponse, responses=UNFINISHED)
async def export(model: ExistingModel, here: Here, kind: Wanted, wait: Wait = 20) -> Response:
    """The weights with labels and preprocessing inside: `safetensors`; `onnx` and `torch` (a `torch.export` archive)
    also with the computation, from uint8 images (N, channels, H, W) of any size to probabilities.

    It is made when first asked for, in seconds, and checked against the model; until then the answer is 202.
    """
    report = await _report(here, model, kind, wait)
    if report is None:
        return _unfinished(model, kind)
    return FileResponse(
        exported.file(model.files.model, kind),
        media_type=MEDIA[kind],
        filename=f"{model.alias or model.job.id}.{exported.SUFFIXES[kind]}",
        headers={
            "ETag": f'"{report["sha256"]}"',
            "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(report['sha256'])).decode()}:",  # RFC 9530
            "Link": f'</models/{model.job.id}/export/report?format={kind}>; rel="describedby"',
        },
    )


@router.get("/models/{name}/export/report", responses=UNFINISHED)
async def report(model: ExistingModel, here: Here, kind: Wanted, wait: Wait = 20) -> Response:
    """How far the file agrees with the model on test images (random ones where the data set is gone): the largest
    difference of two probabilities, the share of images whose likeliest class is the same; its SHA-256, versions.
    """
    found = await _report(here, model, kind, wait)
    return _unfinished(model, kind) if found is None else JSONResponse({"job_id": model.job.id, **found})


async def _report(here: Services, model: Served, kind: Format, wait: float) -> dict[str, Any] | None:
    """None where the export is not there after `wait` seconds. NotReady, PredictorError."""
    await run_in_threadpool(model.card)
    found = await run_in_threadpool(model.files.read_report, kind)
    if found is not None:
        return found
    try:
        done = await here.predictor.export(model.files.model, kind, wait)
    except ModelMissing as error:
        raise NotReady(gone(model.job.id)) from error
    return await run_in_threadpool(model.files.read_report, kind) if done else None


def _unfinished(model: Served, kind: Format) -> JSONResponse:
    body = {"job_id": model.job.id, "format": kind, "state": "exporting"}
    return JSONResponse(body, HTTP_202_ACCEPTED, {"Retry-After": RETRY_SECONDS})
