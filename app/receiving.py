"""The body of `POST /datasets`: a file as it is, a form with one or more, or the id of an upload that is complete."""

import asyncio
import json
import re
import shutil
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from fastapi import Request
from pydantic import ValidationError
from python_multipart.multipart import parse_options_header

from app.deps import Services
from app.errors import NoRoom, Unprocessable
from app.form import Form, read
from ingest.spec import Preparation
from model.catalog import BUILT_IN
from model.refusal import Refusal, from_validation
from store.datasets import DATASET_ID, NAME
from store.uploads import Upload

JSON_BYTES = 2**16
NAME_CHARACTERS = re.compile(r"[^a-z0-9._-]+")
SUFFIXES = re.compile(r"(\.(zip|tar|tgz|tbz2|txz|gz|bz2|xz|npz|npy|parquet))+$")


@dataclass(frozen=True, slots=True)
class Received:
    upload: Upload
    filename: str
    name: str
    preparation: Preparation
    is_announced: bool  # it has been sent before, under an id that its sender knows


async def receive(request: Request, here: Services) -> Received:
    """Unprocessable, UploadMissing, OSError: then nothing of it is left, but an upload that was complete before."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind == b"application/json":
        return await asyncio.to_thread(_announced, here, await _json(request))
    announced = request.headers.get("content-length", "")
    if announced.isdecimal():
        room_for(here, int(announced))
    upload = await asyncio.to_thread(here.uploads.create, request.query_params.get("filename", ""))
    try:
        if kind == b"multipart/form-data":
            form = await read(request.stream(), options.get(b"boundary", b""), upload.folder)
            return await asyncio.to_thread(_from_form, upload, {**request.query_params, **form.fields}, form)
        with upload.appending() as file:
            async for chunk in request.stream():
                await asyncio.to_thread(file.write, chunk)
        fields = {name: value for name, value in request.query_params.items() if name != "filename"}
        return _received(upload, upload.filename, _typed(fields))
    except BaseException:  # also of a client that went away
        upload.delete()
        raise


def room_for(here: Services, size: int) -> None:
    """NoRoom, before the first of the bytes, where they could not all be written."""
    here.settings.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(here.settings.home).free
    if size > free:
        raise NoRoom(
            f"{size / 2**30:.1f} GiB are to come, and the server's disk has room for {free / 2**30:.1f}"
        )


async def _json(request: Request) -> dict[str, Any]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > JSON_BYTES:
            raise Unprocessable(Refusal("", "too_long", f"JSON of more than {JSON_BYTES} bytes"))
    with suppress(ValueError, RecursionError):
        found = json.loads(body)
        if isinstance(found, dict):
            return found
    raise Unprocessable(
        Refusal("", "json", 'send a JSON object such as {"upload": "up_...", "name": "flowers"}')
    )


def _announced(here: Services, fields: dict[str, Any]) -> Received:
    upload_id = fields.pop("upload", None)
    if not isinstance(upload_id, str):
        raise Unprocessable(
            Refusal("/upload", "missing", "give the id of an upload; files come as a form or a body")
        )
    upload = here.uploads.get(upload_id)
    return _received(upload, upload.filename, fields, is_announced=True)


def _from_form(upload: Upload, fields: dict[str, str], form: Form) -> Received:
    """Several files become one archive, the same one for the same files."""
    if not form.files:
        raise Unprocessable(Refusal("/file", "missing", "send a file, or several, in fields of the form"))
    filename = next(iter(form.files))
    if len(form.files) == 1:
        form.files[filename].replace(upload.content)
    else:
        with zipfile.ZipFile(upload.content, "w") as archive:
            for name in sorted(form.files):
                _add(archive, name, form.files[name])
    return _received(upload, filename, _typed(fields))


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    entry = zipfile.ZipInfo(name or "file")  # without the time
    entry.file_size = path.stat().st_size  # for files of more than 2 GiB
    with path.open("rb") as source, archive.open(entry, "w") as target:
        shutil.copyfileobj(source, target, 2**20)
    path.unlink()


def _received(upload: Upload, filename: str, fields: dict[str, Any], is_announced: bool = False) -> Received:
    name = fields.pop("name", None)
    if name is None:
        name = NAME_CHARACTERS.sub("-", SUFFIXES.sub("", PurePosixPath(filename).name.lower())).strip("-._")[
            :100
        ]
    _check_name(name)
    try:
        return Received(upload, filename, name, Preparation.model_validate(fields), is_announced)
    except ValidationError as error:
        raise Unprocessable(*from_validation(error, fields, Preparation)) from error


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not re.fullmatch(NAME, name):
        message = "give a name of small letters, digits, dots, dashes and underscores, 100 at most"
        raise Unprocessable(Refusal("/name", "name", message))
    if name in BUILT_IN or DATASET_ID.fullmatch(name):
        raise Unprocessable(Refusal("/name", "taken", f"{name} is the name of another data set"))


def _typed(fields: dict[str, str]) -> dict[str, Any]:
    """Forms and queries know only text. A name may be 2024."""
    return {name: value if name == "name" else _number(value) for name, value in fields.items()}


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text
