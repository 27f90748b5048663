"""The API's end of the predictor's socket.

PredictorError
├── PredictorAway   nobody listens, the connection broke, or no answer came in time: worth another try
├── PredictorBusy   as much is in hand there as can be answered soon: worth another try, later
└── PredictorFault  it refused the request; `code` says why: bad_request, answer_too_large, ...
    ├── ClassUnknown    what is to be explained is no class of the model
    ├── ExportRefused   the model cannot be had in that format
    ├── ModelMissing    the folder holds no finished model
    ├── ModelUnusable   it holds one that cannot be loaded, or whose training diverged
    └── PredictorFull   there is no room on its disk for an export
"""

import asyncio
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

from model.finished.exported import Format
from predictor.wire import End, Header, Question, Steps, WireError, pack, read_header, within_reach

PATIENCE = 30.0  # seconds for an answer, the loading of the model included
PING_PATIENCE = 2.0
BACKLOG = 64 * 2**20  # bytes not yet taken by the predictor: it hangs, and more would only fill our memory


class PredictorError(Exception):
    """`code` is for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class PredictorAway(PredictorError):
    def __init__(self, message: str) -> None:
        super().__init__("predictor_away", message)


class PredictorBusy(PredictorError):
    pass


class PredictorFault(PredictorError):
    pass


class ClassUnknown(PredictorFault):
    pass


class ExportRefused(PredictorFault):
    pass


class ModelMissing(PredictorFault):
    pass


class ModelUnusable(PredictorFault):
    pass


class PredictorFull(PredictorFault):
    pass


KINDS: dict[str, type[PredictorError]] = {
    "busy": PredictorBusy,
    "class_unknown": ClassUnknown,
    "disk_full": PredictorFull,
    "export_refused": ExportRefused,
    "model_missing": ModelMissing,
    "model_unusable": ModelUnusable,
}


class PredictorLink:
    """One connection for all requests of the API, made when first needed and again after it broke."""

    def __init__(self, socket: Path, patience: float = PATIENCE) -> None:
        self.socket, self.patience = socket, patience
        self._line: _Line | None = None
        self._connecting = asyncio.Lock()

    async def predict(
        self, folder: Path, images: Sequence[tuple[str, bytes]], question: Question
    ) -> dict[str, Any]:
        """`{predictions, engine, timing}` for (file name, encoded image) pairs, in order. PredictorError.

        A caller who is cancelled leaves the other requests alone; the predictor is told to drop this one.
        """
        names, blobs = [name for name, _ in images], [image for _, image in images]
        asked = question.model_dump(include=set(Question.model_fields), by_alias=True)
        header = {"kind": "predict", "folder": str(folder), "names": names, **asked}
        return await self._ask({**header, "images": [len(blob) for blob in blobs]}, blobs, self.patience)

    async def export(self, folder: Path, kind: Format, patience: float) -> bool:
        """Whether the file is there after `patience` seconds; if not, it goes on being made. PredictorError."""
        header = {"kind": "export", "folder": str(folder), "format": kind}
        try:
            async with asyncio.timeout(patience):
                await self._ask(header, (), patience + PATIENCE)
        except TimeoutError:
            return False
        return True

    async def ready(self) -> bool:
        try:
            return (await self._ask({"kind": "ping"}, (), PING_PATIENCE)).get("ready") is True
        except PredictorError:
            return False

    async def close(self) -> None:
        if self._line:
            self._line.transport.abort()  # close() would first send what a hanging predictor never takes
            await self._line.closed

    async def _ask(self, header: Header, blobs: Sequence[bytes], patience: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout(patience):
                line = await self._connected()
                answer = await line.ask(header, blobs)
        except TimeoutError as error:
            raise PredictorAway(f"the predictor did not answer within {patience:g} s") from error
        except OSError as error:
            raise PredictorAway(f"the predictor cannot be reached: {error}") from error
        except WireError as error:
            raise PredictorFault("request_too_large", str(error)) from error
        if refused := answer.pop("error", None):
            raise KINDS.get(refused["code"], PredictorFault)(refused["code"], refused["message"])
        del answer["id"]
        return answer

    async def _connected(self) -> "_Line":
        async with self._connecting:
            if self._line is None or self._line.transport.is_closing():
                with within_reach(self.socket) as address:
                    loop = asyncio.get_running_loop()
                    _, self._line = await loop.create_unix_connection(_Line, address)
            return self._line


class _Line(End):
    """A connection, and who waits for what on it."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Header]] = {}

    async def ask(self, header: Header, blobs: Sequence[bytes]) -> Header:
        """The header that answers. PredictorAway, PredictorBusy, WireError."""
        if self.transport.get_write_buffer_size() > BACKLOG:
            raise PredictorBusy("busy", "the predictor does not keep up with what is sent to it")
        number = next(self._numbers)
        frame = pack({"id": number, **header}, blobs)
        answer: asyncio.Future[Header] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        self.transport.writelines(frame)  # in one call: the predictor wakes once, and frames never mix
        try:
            return await answer
        finally:
            if self._waiting.pop(number, None) and not self.transport.is_closing():  # gave up waiting
                self.transport.writelines(pack({"id": number, "kind": "cancel"}))

    def read(self) -> Steps[NoReturn]:
        while True:
            header, _ = yield from read_header()
            answer = self._waiting.pop(header["id"], None)
            if answer and not answer.done():
                answer.set_result(header)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(PredictorAway("the predictor went away before it answered"))
        self._waiting.clear()
