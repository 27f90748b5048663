"""Every failure as RFC 9457 problem details: one table from error class to status, one way out."""

import json
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.predictor import (
    ExportRefused,
    ModelUnusable,
    PredictorAway,
    PredictorBusy,
    PredictorFault,
    PredictorFull,
)
from model.errors import DatasetDamaged, is_full
from model.refusal import Refusal, SpecError, refusals
from store.connection import ailment
from store.errors import (
    IdempotencyConflict,
    InUse,
    MoveRefused,
    Named,
    Unknown,
    UploadBusy,
    UploadUnfinished,
    WrongOffset,
)

PROBLEM = "application/problem+json"
OPEN_INFERENCE = "/v2"  # below it, failures look as the Open Inference Protocol has them


class NoRoom(Exception):
    """For what a client says that it will send."""


class NotReady(Exception):
    """What is asked for will be there later, or never: the message says."""


class PreconditionFailed(Exception):
    """Of a protocol that the client speaks otherwise."""


class UnsupportedMediaType(Exception):
    """The body is of a kind that is not taken here."""


class Unprocessable(Exception):
    """The request is well formed and cannot be done; `refusals` point at the fields."""

    def __init__(self, *found: Refusal) -> None:
        super().__init__("; ".join(map(str, found)))
        self.refusals = found


STATUS: dict[type[Exception], int] = {
    ClientDisconnect: 400,  # in the middle of its body: nobody reads this, and it is no fault to be logged
    DatasetDamaged: 409,
    ExportRefused: 409,
    IdempotencyConflict: 422,
    InUse: 409,
    ModelUnusable: 409,
    MoveRefused: 409,
    Named: 409,
    NoRoom: 507,
    NotReady: 409,
    PreconditionFailed: 412,
    PredictorAway: 503,
    PredictorBusy: 503,
    PredictorFault: 502,
    PredictorFull: 507,
    RedisError: 503,
    SpecError: 422,
    Unknown: 404,
    Unprocessable: 422,
    UnsupportedMediaType: 415,
    UploadBusy: 409,
    UploadUnfinished: 409,
    WrongOffset: 409,
}
TOLD: dict[type[Exception], tuple[str, ...]] = {  # members of the answer beside its text
    InUse: ("users",),
    MoveRefused: ("state",),
    Named: ("aliases",),
    WrongOffset: ("offset",),
}
RETRY_SECONDS = "2"
DRAINED_BYTES = 2**28  # of an upload that there is no room for
MOST_REFUSALS = 20  # in one answer: a body can hold a hundred thousand, each of which costs time
UNREADABLE: dict[type, str] = {
    RecursionError: "it is nested too deeply",
    UnicodeDecodeError: "it is not UTF-8",
    ValueError: "a number in it has too many digits",
}
EXTRA_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": RETRY_SECONDS}}


def install(app: FastAPI) -> None:
    for kind in STATUS:
        app.add_exception_handler(kind, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OSError, _full)
    app.add_exception_handler(Exception, _unknown)


def problem(
    request: Request, status: int, detail: str, found: list[Refusal] | None = None, **members: Any
) -> Response:
    headers = EXTRA_HEADERS.get(status)
    if (request.url.path + "/").startswith(f"{OPEN_INFERENCE}/"):
        return JSONResponse({"error": detail}, status, headers)
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        **({"errors": [refusal.as_json() for refusal in found]} if found else {}),
        **members,
    }
    text = json.dumps(body, ensure_ascii=False)
    content = text.encode(errors="backslashreplace")  # for half a surrogate pair, which JSON can hold
    return Response(content, status, headers, PROBLEM)


async def _known(request: Request, error: Exception) -> Response:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if isinstance(error, RedisError):
        return problem(request, status, f"{ailment(error)}; it is tried again at every request")
    found = {SpecError: lambda e: [e.refusal], Unprocessable: lambda e: list(e.refusals)}.get(
        type(error), lambda e: None
    )(error)
    members = {name: getattr(error, name) for name in TOLD.get(type(error), ())}
    return problem(request, status, str(error), found, **members)


async def _invalid(request: Request, error: Exception) -> Response:
    """Pydantic's errors without the input: it may hold NaN, which is no JSON, or a whole image."""
    assert isinstance(error, RequestValidationError)
    errors = error.errors()[:MOST_REFUSALS]
    if errors[0]["type"] == "json_invalid":
        why, place = errors[0]["ctx"]["error"], errors[0]["loc"][-1]
        return problem(request, 400, f"the body is no JSON: {why} (character {place})")
    if isinstance(error.body, bytes):  # left as it came
        unread = Refusal("header:content-type", "content_type", "send `Content-Type: application/json`")
        return problem(request, 422, str(unread), [unread])
    in_body = [{**entry, "loc": entry["loc"][1:]} for entry in errors if entry["loc"][:1] == ("body",)]
    elsewhere = [
        Refusal(f"{entry['loc'][0]}:{entry['loc'][-1]}", entry["type"], entry["msg"])
        for entry in errors
        if entry["loc"][:1] != ("body",)
    ]
    found = refusals(in_body, error.body) + elsewhere
    more = len(error.errors()) - len(errors)
    rest = [f"and {more} more"] if more else []
    return problem(request, 422, "; ".join([*map(str, found), *rest]), found)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    unreadable = UNREADABLE.get(type(error.__cause__)) if error.status_code == 400 else None
    detail = f"the body is no JSON: {unreadable}" if unreadable else str(error.detail)
    response = problem(request, error.status_code, detail)
    response.headers.update(error.headers or {})
    return response


async def _full(request: Request, error: Exception) -> Response:
    assert isinstance(error, OSError)
    if not is_full(error):
        raise error
    read = 0
    with suppress(RuntimeError):  # all of it has been read before
        async for chunk in request.stream():  # who is cut off in the middle of an upload reads no answer
            read += len(chunk)
            if read > DRAINED_BYTES:
                break
    return problem(request, 507, "the server's disk is full: try again when there is room")


async def _unknown(request: Request, _: Exception) -> Response:
    """A fault of ours. What it was stands in the log, and is nobody else's business."""
    return problem(request, 500, "the server failed; its log says how")
