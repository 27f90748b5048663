"""A body that brings pictures: a file as it is, a form with one or more, or the id of an upload that is complete."""

import asyncio
import json
import shutil
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from fastapi import Request
from python_multipart.multipart import parse_options_header

from app.deps import Services
from app.errors import NoRoom, Unprocessable
from app.form import OnDisk, read_to_disk
from model.refusal import Refusal
from store.uploads import Upload

JSON_BYTES = 2**16
JSON = b"application/json"
T = TypeVar("T")
Check = Callable[[str, dict[str, Any]], T]  # of the file's name, and the fields beside it. Unprocessable


@dataclass(frozen=True, slots=True)
class Received(Generic[T]):
    upload: Upload
    filename: str
    wanted: T  # with it
    is_announced: bool  # it has been sent before, under an id that its sender knows


def kind_of(request: Request) -> tuple[bytes, dict[bytes, bytes]]:
    """The body's media type, and its options."""
    return parse_options_header(request.headers.get("content-type", ""))


async def receive(request: Request, here: Services, check: Check[T]) -> Received[T]:
    """Unprocessable, UploadMissing, OSError: then nothing of it is left, but an upload that was complete before."""
    kind, options = kind_of(request)
    if kind == JSON:
        return await asyncio.to_thread(announced, here, await read_json(request), check)
    length = request.headers.get("content-length", "")
    if length.isdecimal():
        room_for(here, int(length))
    upload = await asyncio.to_thread(here.uploads.create, request.query_params.get("filename", ""))
    try:
        if kind == b"multipart/form-data":
            boundary = options.get(b"boundary", b"")
            told, files = await read_to_disk(request.stream(), boundary, upload.folder)
            fields = {**request.query_params, **told}
            filename = await asyncio.to_thread(_from_form, upload, files)
        else:
            with upload.appending() as file:
                async for chunk in request.stream():
                    await asyncio.to_thread(file.write, chunk)
            fields = {name: value for name, value in request.query_params.items() if name != "filename"}
            filename = upload.filename
        wanted = check(filename, _typed(fields))
        return Received(upload, filename, wanted, is_announced=False)
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


async def read_json(request: Request) -> dict[str, Any]:
    """Unprocessable."""
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


def announced(here: Services, fields: dict[str, Any], check: Check[T]) -> Received[T]:
    """Unprocessable, UploadMissing."""
    upload_id = fields.pop("upload", None)
    if not isinstance(upload_id, str):
        raise Unprocessable(
            Refusal("/upload", "missing", "give the id of an upload; files come as a form or a body")
        )
    upload = here.uploads.get(upload_id)
    return Received(upload, upload.filename, check(upload.filename, fields), is_announced=True)


def _from_form(upload: Upload, files: OnDisk) -> str:
    """Several files become one archive, the same one for the same files. The name of the first."""
    if not files.paths:
        raise Unprocessable(Refusal("/file", "missing", "send a file, or several, in fields of the form"))
    filename = next(iter(files.paths))
    if len(files.paths) == 1:
        files.paths[filename].replace(upload.content)
        return filename
    with zipfile.ZipFile(upload.content, "w") as archive:
        for name in sorted(files.paths):
            _add(archive, name, files.paths[name])
    return filename


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    entry = zipfile.ZipInfo(name or "file")  # without the time
    entry.file_size = path.stat().st_size  # for files of more than 2 GiB
    with path.open("rb") as source, archive.open(entry, "w") as target:
        shutil.copyfileobj(source, target, 2**20)
    path.unlink()


def _typed(fields: dict[str, str]) -> dict[str, Any]:
    """Forms and queries know only text. A name may be 2024."""
    return {name: value if name in ("name", "model") else _number(value) for name, value in fields.items()}


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text
