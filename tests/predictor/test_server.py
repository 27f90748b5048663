"""Connections to a server whose answers the tests write themselves."""

import asyncio
import socket
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import uvloop

from predictor.door import Door
from predictor.errors import ModelMissing
from predictor.server import AlreadyRunning, Server, listening
from predictor.wire import MAX_HEADER, PREFIX, Export, Header, Request, pack, read_header, within_reach
from tests.frames import take


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, header: Header, *blobs: bytes) -> None:
        self.writer.writelines(pack(header, blobs))

    def predict(self, number: int, name: str = "", *blobs: bytes) -> None:
        names = [name] * len(blobs)
        request = {
            "kind": "predict",
            "folder": "/m",
            "top_k": 1,
            "names": names,
            "images": [*map(len, blobs)],
        }
        self.send({"id": number, **request}, *blobs)

    async def receive(self) -> Header:
        return (await take(self.reader, read_header()))[0]


class Office:
    """Answers with the length of each image, or as the name says: `wait` until released, `fail`, ..."""

    def __init__(self) -> None:
        self.released = asyncio.Event()
        self.given_up: list[int] = []

    async def __call__(self, request: Request, images: Sequence[bytes]) -> dict[str, Any]:
        name = request.names[0] if request.names else ""
        if name == "missing":
            raise ModelMissing("no such model")
        if name == "fail":
            raise ZeroDivisionError
        if name == "huge":
            return {"predictions": "x" * MAX_HEADER}
        try:
            await (self.released.wait() if name == "wait" else asyncio.sleep(0))
        except asyncio.CancelledError:
            self.given_up.append(request.id)
            raise
        return {"predictions": [len(image) for image in images]}

    async def export(self, request: Export) -> dict[str, Any]:
        return {"done": request.format}


@asynccontextmanager
async def serving(
    path: Path, office: Office, door: Door | None = None
) -> AsyncIterator[Callable[[], Awaitable[Client]]]:
    """Yields a way to connect. On leaving, the server is stopped and must end."""
    stop, writers = asyncio.Event(), []

    async def connect() -> Client:
        with within_reach(path) as address:
            reader, writer = await asyncio.open_unix_connection(address)
        writers.append(writer)
        return Client(reader, writer)

    with listening(path) as listener:
        server = Server(office, door or Door(100, 10**6), office.export)
        task = asyncio.create_task(server.serve(listener, stop, grace=0.3))
        try:
            yield connect
        finally:
            stop.set()
            await asyncio.wait_for(task, 5)
            for writer in writers:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()


@pytest.fixture
def path(home: Path) -> Path:
    return home / "run" / "predictor.sock"


def test_answers_come_as_they_are_done(path: Path) -> None:
    async def story() -> None:
        office = Office()
        async with serving(path, office) as connect:
            client = await connect()
            client.predict(1, "wait", b"12345")
            client.predict(2, "", b"1", b"22")
            assert await client.receive() == {"id": 2, "predictions": [1, 2]}
            office.released.set()
            assert await client.receive() == {"id": 1, "predictions": [5]}

    uvloop.run(story())


def test_a_ping_is_answered_while_others_wait(path: Path) -> None:
    async def story() -> None:
        async with serving(path, Office()) as connect:
            client = await connect()
            client.predict(1, "wait", b"1")
            client.send({"id": 2, "kind": "ping"})
            assert await client.receive() == {"id": 2, "ready": True}

    uvloop.run(story())


def test_an_export_is_asked_for_on_the_same_connection(path: Path) -> None:
    async def story() -> None:
        async with serving(path, Office()) as connect:
            client = await connect()
            client.send({"id": 1, "kind": "export", "folder": "/m", "format": "onnx"})
            assert await client.receive() == {"id": 1, "done": "onnx"}
            client.send({"id": 2, "kind": "export", "folder": "/m", "format": "floppy"})
            refused = await client.receive()
            assert (refused["id"], refused["error"]["code"]) == (2, "bad_request")

    uvloop.run(story())


@pytest.mark.parametrize(
    ("name", "code"), [("missing", "model_missing"), ("fail", "internal"), ("huge", "answer_too_large")]
)
def test_what_goes_wrong_is_answered_by_its_code(path: Path, name: str, code: str) -> None:
    async def story() -> None:
        async with serving(path, Office()) as connect:
            client = await connect()
            client.predict(1, name, b"1")
            assert (await client.receive())["error"]["code"] == code
            client.predict(2, "", b"1")
            assert await client.receive() == {"id": 2, "predictions": [1]}

    uvloop.run(story())


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "dance"},
        {"kind": None},
        {"kind": ["ping"]},
        {"top_k": 0},
        {"folder": 5},
        {"images": [1, 1]},
        {"names": []},
        {"images": [2]},
    ],
)
def test_a_request_that_makes_no_sense_is_refused_alone(path: Path, changed: dict[str, Any]) -> None:
    async def story() -> None:
        async with serving(path, Office()) as connect:
            client = await connect()
            good = {"id": 1, "kind": "predict", "folder": "/m", "top_k": 1, "names": ["a"], "images": [1]}
            client.send({**good, **changed}, b"1")
            assert (await client.receive())["error"]["code"] == "bad_request"
            client.send(good, b"1")
            assert await client.receive() == {"id": 1, "predictions": [1]}

    uvloop.run(story())


def test_beyond_capacity_the_answer_is_busy_at_once(path: Path) -> None:
    async def story() -> None:
        office, door = Office(), Door(2, 10**6)
        async with serving(path, office, door) as connect:
            client = await connect()
            client.predict(1, "wait", b"1", b"2")
            client.predict(2, "", bytes(300_000))
            assert (await client.receive())["error"]["code"] == "busy"
            office.released.set()
            assert (await client.receive())["id"] == 1
            client.predict(3, "", bytes(300_000))
            assert await client.receive() == {"id": 3, "predictions": [300_000]}

    uvloop.run(story())


def test_a_cancelled_request_is_given_up_and_makes_room(path: Path) -> None:
    async def story() -> None:
        office, door = Office(), Door(1, 10**6)
        async with serving(path, office, door) as connect:
            client = await connect()
            client.predict(1, "wait", b"1")
            client.send({"id": 2, "kind": "ping"})
            await client.receive()
            client.send({"id": 1, "kind": "cancel"})
            client.send({"id": 77, "kind": "cancel"})  # done long ago: nothing happens
            client.send({"id": 3, "kind": "ping"})
            await client.receive()
            client.predict(4, "", b"1")
            assert await client.receive() == {"id": 4, "predictions": [1]}
        assert office.given_up == [1]

    uvloop.run(story())


def test_who_hangs_up_is_given_up_and_others_are_served(path: Path) -> None:
    async def story() -> None:
        office, door = Office(), Door(10, 10**6)
        async with serving(path, office, door) as connect:
            gone, client = await connect(), await connect()
            gone.predict(1, "wait", b"1")
            gone.writer.write(PREFIX.pack(10, 10))
            while not door.images:
                await asyncio.sleep(0.001)
            gone.writer.close()
            while door.images:
                await asyncio.sleep(0.001)
            client.predict(2, "", b"1")
            assert await client.receive() == {"id": 2, "predictions": [1]}
        assert office.given_up == [1]

    uvloop.run(story())


def test_nonsense_ends_its_own_connection_only(path: Path) -> None:
    async def story() -> None:
        async with serving(path, Office()) as connect:
            loud, client = await connect(), await connect()
            loud.writer.write(b"GET / HTTP/1.1\r\n\r\n")
            assert await loud.reader.read() == b""
            client.predict(2, "", b"1")
            assert await client.receive() == {"id": 2, "predictions": [1]}

    uvloop.run(story())


def test_what_is_in_hand_at_the_end_is_answered_within_the_grace(path: Path) -> None:
    async def story() -> None:
        office = Office()
        async with serving(path, office) as connect:
            client = await connect()
            client.predict(1, "wait", b"1")
            client.send({"id": 2, "kind": "ping"})
            await client.receive()
            asyncio.get_running_loop().call_later(0.1, office.released.set)
        assert await client.receive() == {"id": 1, "predictions": [1]}
        assert await client.reader.read() == b""

    uvloop.run(story())


def test_what_takes_longer_than_the_grace_is_given_up(path: Path) -> None:
    async def story() -> None:
        office = Office()
        async with serving(path, office) as connect:
            client = await connect()
            client.predict(1, "wait", b"1")
            client.send({"id": 2, "kind": "ping"})
            await client.receive()
        assert await client.reader.read() == b""
        assert office.given_up == [1]

    uvloop.run(story())


def test_the_socket_is_this_users_alone_and_gone_afterwards(path: Path) -> None:
    with listening(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


def test_a_socket_left_behind_is_replaced(path: Path) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with listening(path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_a_second_predictor_is_refused_and_the_first_unharmed(path: Path) -> None:
    with listening(path), socket.socket(socket.AF_UNIX) as client:
        with pytest.raises(AlreadyRunning), listening(path):
            pass
        client.connect(str(path))


def test_a_home_with_a_long_path_serves_as_well(home: Path) -> None:
    async def story() -> None:
        async with serving(home / ("deep" * 40) / "run" / "predictor.sock", Office()) as connect:
            client = await connect()
            client.send({"id": 1, "kind": "ping"})
            assert await client.receive() == {"id": 1, "ready": True}

    uvloop.run(story())
