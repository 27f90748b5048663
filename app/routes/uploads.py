"""Large files in several requests: the tus protocol 1.0.0 (tus.io), with which its clients go on after a break."""

import asyncio
import base64
import binascii
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.exceptions import HTTPException
from starlette.status import HTTP_201_CREATED, HTTP_204_NO_CONTENT

from app.deps import Here
from app.errors import PreconditionFailed, Unprocessable, UnsupportedMediaType
from app.receiving import room_for
from model.refusal import Refusal

VERSION = "1.0.0"
CHUNK = "application/offset+octet-stream"
TUS = {"Tus-Resumable": VERSION}
NEVER_CACHED = {"Cache-Control": "no-store"}


async def _speaks_tus(response: Response, tus_resumable: Annotated[str, Header()] = VERSION) -> None:
    if tus_resumable != VERSION:
        raise PreconditionFailed(f"this server speaks tus {VERSION}")
    response.headers.update(TUS)


router = APIRouter(tags=["datasets"], prefix="/uploads", dependencies=[Depends(_speaks_tus)])


@router.options("", status_code=HTTP_204_NO_CONTENT)
async def abilities(here: Here, response: Response) -> None:
    """What of tus is spoken here."""
    most = int(here.settings.max_dataset_gib * 2**30)
    response.headers.update(
        {"Tus-Version": VERSION, "Tus-Extension": "creation,termination", "Tus-Max-Size": str(most)}
    )


@router.post("", status_code=HTTP_201_CREATED)
def create(
    here: Here,
    response: Response,
    upload_length: Annotated[int, Header(ge=1, description="Bytes of the whole file.")],
    upload_metadata: Annotated[str, Header(max_length=4096, description="`filename <base64>`")] = "",
) -> dict[str, str]:
    """Announce a file. Then `PATCH` its bytes to the `Location`, and hand it in by its id at `POST /datasets`."""
    most = int(here.settings.max_dataset_gib * 2**30)
    if upload_length > most:
        raise HTTPException(413, f"an upload has {most / 2**30:g} GiB at most")
    room_for(here, upload_length)
    upload = here.uploads.create(_metadata(upload_metadata).get("filename", ""), upload_length)
    response.headers["Location"] = f"/uploads/{upload.id}"
    return {"id": upload.id}


@router.head("/{upload_id}")
def offset(upload_id: str, here: Here, response: Response) -> None:
    """Where to go on."""
    upload = here.uploads.get(upload_id)
    response.headers.update(
        {"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.length), **NEVER_CACHED}
    )


@router.patch(
    "/{upload_id}",
    status_code=HTTP_204_NO_CONTENT,
    openapi_extra={
        "requestBody": {"content": {CHUNK: {"schema": {"type": "string", "format": "binary"}}}},
    },
)
async def append(
    upload_id: str,
    request: Request,
    here: Here,
    response: Response,
    upload_offset: Annotated[int, Header(ge=0)],
) -> None:
    """Bytes from an offset on, as many as come: what has arrived stays, whatever happens to the connection."""
    if request.headers.get("content-type") != CHUNK:
        raise UnsupportedMediaType(f"send `Content-Type: {CHUNK}`")
    upload = await asyncio.to_thread(here.uploads.get, upload_id)
    with upload.appending(upload_offset) as file:
        position = upload_offset
        async for chunk in request.stream():
            position += len(chunk)
            if position > (upload.length or 0):
                raise Unprocessable(
                    Refusal("/", "too_long", f"the upload was announced with {upload.length} bytes")
                )
            await asyncio.to_thread(file.write, chunk)
    response.headers["Upload-Offset"] = str(position)


@router.delete("/{upload_id}", status_code=HTTP_204_NO_CONTENT)
def delete(upload_id: str, here: Here) -> None:
    """Give it up."""
    here.uploads.get(upload_id).delete()


def _metadata(header: str) -> dict[str, str]:
    """`name base64, name base64`."""
    found = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        name, _, value = pair.partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            message = f"the value of {name} is no base64 of UTF-8"
            raise Unprocessable(Refusal("header:upload-metadata", "base64", message)) from error
    return found
