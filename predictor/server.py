"""The socket, and the connections on it."""

import asyncio
import fcntl
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from predictor.door import Door
from predictor.errors import BadRequest, Refusal, TooMuch
from predictor.wire import (
    End,
    Export,
    Header,
    Request,
    Steps,
    WireError,
    pack,
    read_header,
    skip,
    within_reach,
)

log = logging.getLogger(__name__)

Answer = Callable[[Request, Sequence[bytes]], Awaitable[dict[str, Any]]]
Make = Callable[[Export], Awaitable[dict[str, Any]]]
Respond = Callable[[], Awaitable[dict[str, Any]]]
Asked = TypeVar("Asked", bound=BaseModel)


class AlreadyRunning(Exception):
    """Another predictor listens on the same socket."""


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """A socket at `path` that only this user can reach; one that a dead predictor left is replaced.

    AlreadyRunning, decided by a lock beside the socket that the system lifts when its holder dies.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock, socket.socket(socket.AF_UNIX) as listener:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(f"a predictor listens on {path} already") from error
        path.unlink(missing_ok=True)
        with within_reach(path) as address:
            listener.bind(address)
        path.chmod(0o600)  # before listen(): nobody could connect so far
        listener.listen(128)
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)


class Server:
    """Reads requests from every connection, `answer`s many at a time, and writes each as it is done."""

    def __init__(self, answer: Answer, door: Door, export: Make) -> None:
        self._answer, self._door, self._export = answer, door, export
        self._conversations: set[_Conversation] = set()

    async def serve(self, listener: socket.socket, stop: asyncio.Event, grace: float) -> None:
        """Until `stop` is set; requests in hand then have `grace` seconds, and who reads no answer a second."""
        server = await asyncio.get_running_loop().create_unix_server(self._converse, sock=listener)
        await stop.wait()
        server.close()
        await _ended([task for each in self._conversations for task in each.tasks.values()], grace)
        for conversation in self._conversations:
            conversation.transport.close()
        await _ended([each.closed for each in self._conversations], 1.0)

    def _converse(self) -> "_Conversation":
        conversation = _Conversation(self._answer, self._door, self._export)
        self._conversations.add(conversation)
        conversation.closed.add_done_callback(lambda _: self._conversations.discard(conversation))
        return conversation


async def _ended(work: Sequence["asyncio.Future[None]"], timeout: float) -> None:
    if work:
        await asyncio.wait(work, timeout=timeout)


class _Conversation(End):
    """One connection. When it ends, whatever it still waits for is given up."""

    def __init__(self, answer: Answer, door: Door, export: Make) -> None:
        super().__init__()
        self._answer, self._door = answer, door
        self._make = export
        self.tasks: dict[int, asyncio.Task[None]] = {}  # by request id
        self._kinds = {
            "ping": self._ping,
            "predict": self._predict,
            "export": self._export,
            "cancel": self._cancel,
        }

    def read(self) -> Steps[NoReturn]:
        while True:
            header, blob_bytes = yield from read_header()
            yield from self._kinds.get(str(header.get("kind")), self._unknown)(header, blob_bytes)

    def misunderstood(self, error: WireError) -> None:
        log.warning("connection closed: %s", error)
        super().misunderstood(error)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        for task in self.tasks.values():
            task.cancel()

    def _ping(self, header: Header, blob_bytes: int) -> Steps[None]:
        yield from skip(blob_bytes)
        self._write({"id": header["id"], "ready": True})

    def _unknown(self, header: Header, blob_bytes: int) -> Steps[None]:
        yield from skip(blob_bytes)
        self._refuse(header["id"], BadRequest(f"a request of unknown kind {header.get('kind')!r}"))

    def _cancel(self, header: Header, blob_bytes: int) -> Steps[None]:
        yield from skip(blob_bytes)
        if task := self.tasks.get(header["id"]):
            task.cancel()

    def _predict(self, header: Header, blob_bytes: int) -> Steps[None]:
        """Reads the images if they may come in, and leaves the rest to a task."""
        with ExitStack() as stack:
            try:
                request = _parse_request(header, blob_bytes)
                stack.enter_context(self._door.enter(len(request.images), blob_bytes))
            except Refusal as refusal:
                yield from skip(blob_bytes)
                self._refuse(header["id"], refusal)
                return
            blobs = BytesIO((yield blob_bytes))
            images = [blobs.read(size) for size in request.images]
            self._begin(request.id, lambda: self._answer(request, images), stack.pop_all())

    def _export(self, header: Header, blob_bytes: int) -> Steps[None]:
        yield from skip(blob_bytes)
        try:
            request = _parse(Export, header)
        except Refusal as refusal:
            self._refuse(header["id"], refusal)
            return
        self._begin(request.id, lambda: self._make(request), ExitStack())

    def _begin(self, number: int, answer: Respond, held: ExitStack) -> None:
        self.tasks[number] = task = asyncio.create_task(self._respond(number, answer))
        task.add_done_callback(lambda _: self._done(number, held))

    def _done(self, number: int, held: ExitStack) -> None:
        """Also for a task that was cancelled before it began."""
        self.tasks.pop(number, None)
        held.close()  # its images leave by the door

    async def _respond(self, number: int, answer: Respond) -> None:
        try:
            self._write({"id": number, **await answer()})
        except WireError as error:
            self._refuse(number, TooMuch(str(error)))
        except Refusal as refusal:
            self._refuse(number, refusal)
        except Exception:
            log.exception("request failed")
            self._refuse(number, Refusal("the predictor failed; its log says how"))

    def _refuse(self, number: int, refusal: Refusal) -> None:
        self._write({"id": number, "error": {"code": refusal.code, "message": str(refusal)}})

    def _write(self, header: Header) -> None:
        self.transport.writelines(pack(header))


def _parse_request(header: Header, blob_bytes: int) -> Request:
    request = _parse(Request, header)
    if sum(request.images) != blob_bytes or len(request.names) != len(request.images):
        raise BadRequest("images, names and the blobs differ in number or length")
    return request


def _parse(kind: type[Asked], header: Header) -> Asked:
    try:
        return kind.model_validate(header)
    except ValidationError as error:
        raise BadRequest(str(error)) from error
