"""The API's end of the socket, against a predictor whose answers the tests write themselves."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvloop

from app.predictor import BACKLOG, PredictorAway, PredictorBusy, PredictorFault, PredictorLink
from predictor.wire import MAX_HEADER, Header, Question, pack, read_header, skip, within_reach
from tests.frames import take

ONE = Question(top_k=1)
IMAGES = [("a.png", b"first"), ("b.png", b"second one")]
Reply = Callable[[Header], Header | None]  # None: no answer yet


class Stand:
    """Listens at `path`, keeps what it is sent, and answers with what `reply` makes of it."""

    def __init__(self, path: Path, reply: Reply) -> None:
        self.path, self.reply = path, reply
        self.received: list[Header] = []
        self.connections: list[asyncio.StreamWriter] = []

    async def write(self, header: Header) -> None:
        self.connections[-1].writelines(pack(header))

    async def cut(self) -> None:
        for connection in self.connections:
            connection.close()
        self.connections.clear()

    async def received_kinds(self, *kinds: str) -> None:
        """Waits until these, and no others, have come in."""
        while [header["kind"] for header in self.received] != [*kinds]:
            await asyncio.sleep(0.001)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        try:
            while True:
                header, size = await take(reader, read_header())
                await take(reader, skip(size))
                self.received.append(header)
                if answer := self.reply(header):
                    writer.writelines(pack({"id": header["id"], **answer}))
        except asyncio.IncompleteReadError:
            writer.close()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Stand"]:
        self.path.unlink(missing_ok=True)
        with within_reach(self.path) as address:
            server = await asyncio.start_unix_server(self._converse, address)
        try:
            yield self
        finally:
            server.close()
            await self.cut()
            await asyncio.sleep(0.01)


def with_link(
    path: Path,
    story: Callable[[PredictorLink, Stand], Awaitable[None]],
    reply: Reply = lambda _: {"predictions": []},
    patience: float = 10.0,
) -> None:
    async def run() -> None:
        link = PredictorLink(path, patience)
        async with Stand(path, reply).open() as stand:
            try:
                await asyncio.wait_for(story(link, stand), 20)
            finally:
                await link.close()

    uvloop.run(run())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "predictor.sock"


def waits(header: Header) -> Header | None:
    return {"predictions": []} if header.get("folder") != "/wait" else None


def test_a_request_carries_everything_and_the_answer_comes_back(path: Path) -> None:
    async def story(link: PredictorLink, stand: Stand) -> None:
        assert await link.predict(Path("/m"), IMAGES, Question(top_k=3)) == {"predictions": [1], "timing": {}}
        request = {
            "kind": "predict",
            "folder": "/m",
            "top_k": 3,
            "min_confidence": 0,
            "flips": False,
            "explain": None,
            "class": None,
            "names": ["a.png", "b.png"],
            "images": [5, 10],
        }
        assert stand.received == [{"id": 1, **request}]

    with_link(path, story, lambda _: {"predictions": [1], "timing": {}})


def test_concurrent_requests_share_a_connection_and_find_their_own_answers(path: Path) -> None:
    async def story(link: PredictorLink, stand: Stand) -> None:
        asked = [asyncio.create_task(link.predict(Path(f"/{number}"), IMAGES, ONE)) for number in range(50)]
        await stand.received_kinds(*["predict"] * 50)
        for header in reversed(stand.received):
            await stand.write({"id": header["id"], "predictions": [header["folder"]]})
        answers = await asyncio.gather(*asked)
        assert [answer["predictions"] for answer in answers] == [[f"/{number}"] for number in range(50)]
        assert len(stand.connections) == 1

    with_link(path, story, lambda _: None)


@pytest.mark.parametrize(
    ("code", "error"),
    [("busy", PredictorBusy), ("model_missing", PredictorFault), ("internal", PredictorFault)],
)
def test_a_refusal_is_raised_with_its_code(path: Path, code: str, error: type[PredictorFault]) -> None:
    async def story(link: PredictorLink, stand: Stand) -> None:
        with pytest.raises(error, match="because") as caught:
            await link.predict(Path("/m"), IMAGES, ONE)
        assert caught.value.code == code

    with_link(path, story, lambda _: {"error": {"code": code, "message": "because"}})


def test_ready_is_what_the_predictor_says(path: Path) -> None:
    async def story(link: PredictorLink, stand: Stand) -> None:
        assert await link.ready()
        assert stand.received == [{"id": 1, "kind": "ping"}]

    with_link(path, story, lambda _: {"ready": True})


def test_without_a_predictor_it_is_away_and_found_once_it_is_there(path: Path) -> None:
    async def run() -> None:
        link = PredictorLink(path)
        with pytest.raises(PredictorAway, match="cannot be reached"):
            await link.predict(Path("/m"), IMAGES, ONE)
        assert not await link.ready()
        async with Stand(path, lambda _: {"ready": True}).open():
            assert await link.ready()
            await link.close()

    uvloop.run(run())


def test_a_restarted_predictor_is_found_again(path: Path) -> None:
    async def run() -> None:
        link = PredictorLink(path)
        for _ in range(3):
            async with Stand(path, lambda _: {"predictions": []}).open():
                assert await link.predict(Path("/m"), IMAGES, ONE) == {"predictions": []}
        await link.close()

    uvloop.run(run())


def test_whoever_waits_when_the_predictor_dies_is_told(path: Path) -> None:
    async def story(link: PredictorLink, stand: Stand) -> None:
        asked = [asyncio.create_task(link.predict(Path("/wait"), IMAGES, ONE)) for _ in range(5)]
        await stand.received_kinds(*["predict"] * 5)
        await stand.cut()
        failures = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(failure) for failure in failures] == [PredictorAway] * 5
        assert await link.predict(Path("/m"), IMAGES, ONE) == {"predictions": []}

    with_link(path, story, waits)


def test_a_predictor_that_talks_nonsense_is_away(path: Path) -> None:
    async def story(link: PredictorLink, stand: Stand) -> None:
        asked = asyncio.create_task(link.predict(Path("/wait"), IMAGES, ONE))
        await stand.received_kinds("predict")
        stand.connections[0].write(b"\xff" * 100)
        with pytest.raises(PredictorAway):
            await asked

    with_link(path, story, waits)


def test_an_answer_that_does_not_come_in_time_is_given_up(path: Path) -> None:
    async def story(link: PredictorLink, stand: Stand) -> None:
        with pytest.raises(PredictorAway, match=r"within 0.05 s"):
            await link.predict(Path("/wait"), IMAGES, ONE)
        await stand.received_kinds("predict", "cancel")
        assert await link.predict(Path("/m"), IMAGES, ONE) == {"predictions": []}

    with_link(path, story, waits, patience=0.05)


def test_a_cancelled_caller_disturbs_nobody(path: Path) -> None:
    async def story(link: PredictorLink, stand: Stand) -> None:
        stays, leaves = (asyncio.create_task(link.predict(Path("/wait"), IMAGES, ONE)) for _ in range(2))
        await stand.received_kinds("predict", "predict")
        leaves.cancel()
        await stand.received_kinds("predict", "predict", "cancel")
        assert stand.received[2]["id"] == 2
        for number in (2, 1):  # the answer that nobody wants comes all the same
            await stand.write({"id": number, "predictions": [number]})
        assert await stays == {"predictions": [1]}
        assert len(stand.connections) == 1

    with_link(path, story, waits)


def test_a_request_that_no_frame_can_hold_is_a_fault(path: Path) -> None:
    async def story(link: PredictorLink, stand: Stand) -> None:
        with pytest.raises(PredictorFault) as caught:
            await link.predict(Path("/m"), [("x" * MAX_HEADER, b"")], ONE)
        assert caught.value.code == "request_too_large"
        assert await link.predict(Path("/m"), IMAGES, ONE) == {"predictions": []}

    with_link(path, story)


def test_a_predictor_that_hangs_fills_no_memory(path: Path) -> None:
    async def run() -> None:
        link = PredictorLink(path, patience=1)
        with socket.socket(socket.AF_UNIX) as hangs:
            hangs.bind(str(path))
            hangs.listen()  # the system accepts connections, nobody reads
            large = asyncio.create_task(link.predict(Path("/m"), [("a", bytes(BACKLOG + 2**20))], ONE))
            await asyncio.sleep(0.1)
            with pytest.raises(PredictorBusy):
                await link.predict(Path("/m"), IMAGES, ONE)
            with pytest.raises(PredictorAway):
                await large
            await asyncio.wait_for(link.close(), 1)

    uvloop.run(run())
