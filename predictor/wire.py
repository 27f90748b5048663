"""What the API and the predictor say to each other over a unix socket. No torch.

Either side sends frames; many requests may be in flight on one connection, told apart by `id`.

    bytes  content
    4      header bytes, unsigned, big endian, at most 128 MiB
    4      bytes of all blobs together, unsigned, big endian, at most 1 GiB
    ...    header: a JSON object in UTF-8
    ...    blobs, back to back; the header's `images` has the length of each

    kind     request                                               answer (carries no blobs)
    ping     {id, kind}                                            {id, ready: true}
    predict  {id, kind, folder, images, names, **Question}, blobs  {id, predictions, engine, timing} or {id, error}
    export   {id, kind, folder, format}                            {id, done: true} once it is there, or {id, error}
    cancel   {id, kind}: nobody waits for that id any more         none
"""

import asyncio
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from struct import Struct
from tempfile import TemporaryDirectory
from typing import Any, Literal, NoReturn, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field

from model.finished.exported import Format

PREFIX = Struct(">II")
MAX_HEADER = 2**27  # 16 explanations of pictures of 1024 pixels a side
MAX_BLOBS = 2**30
MAX_ADDRESS = 100  # bytes; the path in a socket address has room for 104 on macOS and 108 on Linux

Header = dict[str, Any]
T = TypeVar("T")
Steps = Generator[int, bytes, T]
"""Of reading: yields how many bytes it needs next, and is sent exactly as many."""


class WireError(Exception):
    """A frame that is too large or none at all. Its sender cannot be understood from here on."""


class Question(BaseModel):
    """What is to be said of each image."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    top_k: int = Field(5, ge=1, le=1000, description="Classes to name.")
    min_confidence: float = Field(
        0, ge=0, le=1, description="Below this probability no class is named: the prediction is `abstained`."
    )
    flips: bool = Field(
        False, description="The mean with the prediction for the mirrored image, which takes twice as long."
    )
    explain: Literal["gradcam"] | None = Field(
        None, description="A map of where in the image the class is seen; for at most 16 images."
    )
    target: str | None = Field(
        None, alias="class", description="Label or index of the class to explain; default: the likeliest."
    )


class Request(Question):
    """Images, encoded as uploaded, that the model in `folder` is to name; the header of a `predict` frame."""

    id: int
    folder: Path
    images: tuple[int, ...]  # bytes of each
    names: tuple[str, ...]  # as the client called them; one each


class Export(BaseModel):
    """A file in another format, beside the model in `folder`; the header of an `export` frame."""

    model_config = ConfigDict(frozen=True)

    id: int
    folder: Path
    format: Format


def pack(header: Mapping[str, object], blobs: Sequence[bytes] = ()) -> list[bytes]:
    """The frame in pieces, none of the blobs copied. WireError when it is too large."""
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    total = sum(map(len, blobs))
    if len(text) > MAX_HEADER or total > MAX_BLOBS:
        raise WireError(f"a frame of {len(text)} + {total} bytes; {MAX_HEADER} + {MAX_BLOBS} are the most")
    return [PREFIX.pack(len(text), total) + text, *blobs]


def read_header() -> Steps[tuple[Header, int]]:
    """The next frame's header, and how many bytes of blobs come after it. WireError."""
    header_bytes, blob_bytes = PREFIX.unpack((yield PREFIX.size))
    if header_bytes > MAX_HEADER or blob_bytes > MAX_BLOBS:
        raise WireError(f"a frame that claims {header_bytes} + {blob_bytes} bytes")
    text = yield header_bytes
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError(f"a header that is no JSON: {error}") from error
    if not isinstance(header, dict) or not isinstance(header.get("id"), int):
        raise WireError("a header that is no object with an id")
    return header, blob_bytes


def skip(count: int) -> Steps[None]:
    """Leaves `count` bytes unread, and never asks for more than 64 KiB of them at once."""
    while count:
        count -= len((yield min(count, 2**16)))


class End(asyncio.Protocol, ABC):
    """Of a connection. What comes in goes to `read` at once: a stream and a task between would cost more than it."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._received = bytearray()
        self._steps = self.read()
        self._needed = next(self._steps)

    @abstractmethod
    def read(self) -> Steps[NoReturn]:
        """For as long as the connection lives. WireError ends it."""

    def misunderstood(self, error: WireError) -> None:
        """The other end cannot be understood from here on."""
        self.transport.abort()  # close() would first send what one that hangs never takes

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods alone

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            while len(self._received) >= self._needed:
                with memoryview(self._received) as received:
                    piece = bytes(received[: self._needed])
                del self._received[: self._needed]
                self._needed = self._steps.send(piece)
        except WireError as error:
            self.misunderstood(error)

    def connection_lost(self, error: Exception | None) -> None:
        self._steps.close()
        if not self.closed.done():
            self.closed.set_result(None)


@contextmanager
def within_reach(socket: Path) -> Iterator[str]:
    """A path to `socket` that fits into a socket address; a short-lived link where its own does not."""
    if len(os.fsencode(socket)) <= MAX_ADDRESS:
        yield str(socket)
        return
    with TemporaryDirectory(prefix="ts-") as folder:
        link = Path(folder) / "run"
        link.symlink_to(socket.parent, target_is_directory=True)
        yield str(link / socket.name)
