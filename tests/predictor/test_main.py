"""A real `python -m predictor`, spoken to through the API's own link."""

import asyncio
import os
import subprocess
import sys
import time
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.predictor import PredictorAway, PredictorFault, PredictorLink
from predictor.wire import Question
from store.files import predictor_socket

Picture = Callable[..., bytes]
SaveModel = Callable[..., Path]
Process = subprocess.Popen[str]

START_SECONDS = 120.0  # the first import of torch after an installation can take long


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def predictor(home: Path) -> Iterator[Process]:
    """One that serves most tests here."""
    with running(home) as process:
        yield process


@contextmanager
def running(home: Path) -> Iterator[Process]:
    """A predictor for `home` that answers; killed in the end if it still runs."""
    with started(home) as process:
        try:
            yield process
        finally:
            process.kill()


def started(home: Path) -> Process:
    environ = {**os.environ, "TRAINSHED_HOME": str(home)}
    process = subprocess.Popen(
        [sys.executable, "-m", "predictor"], env=environ, stderr=subprocess.PIPE, text=True
    )
    asyncio.run(until_ready(home, process))
    return process


async def until_ready(home: Path, process: Process) -> None:
    link = PredictorLink(predictor_socket(home))
    deadline = time.monotonic() + START_SECONDS
    while not await link.ready():
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    await link.close()


def with_link(home: Path, story: Callable[[PredictorLink], Awaitable[object]]) -> None:
    async def run() -> None:
        link = PredictorLink(predictor_socket(home))
        try:
            await story(link)
        finally:
            await link.close()

    asyncio.run(run())


def resident(process: Process) -> int:
    """Bytes of memory; the highest so far."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def busy(process: Process) -> float:
    """Seconds of a core that it has had."""
    user, system = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def bomb() -> bytes:
    """A PNG of 20 kB and 13,000 x 13,000 pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)

    header = (13_000).to_bytes(4) * 2 + bytes([1, 0, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(13_000 * 1626), 9))
    )


@pytest.mark.usefixtures("predictor")
def test_predictions_are_answered_alone_and_together(
    home: Path, save_model: SaveModel, picture: Picture
) -> None:
    folder = save_model()

    async def story(link: PredictorLink) -> None:
        alone = [
            await link.predict(folder, [(f"{seed}", picture(seed))], Question(top_k=2)) for seed in range(20)
        ]
        together = await asyncio.gather(
            *(
                link.predict(folder, [(f"{seed}", picture(seed)), ("bad", b"?")], Question(top_k=2))
                for seed in range(20)
            )
        )
        for one, (many, bad) in zip(alone, (each["predictions"] for each in together), strict=True):
            [expected] = one["predictions"]
            assert [many["filename"], many["label"]] == [expected["filename"], expected["label"]]
            assert many["probability"] == pytest.approx(expected["probability"], abs=1e-5)
            assert bad["error"]["code"] == "not_an_image"

    with_link(home, story)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_bomb_costs_neither_memory_nor_time(
    home: Path, predictor: Process, save_model: SaveModel, picture: Picture
) -> None:
    folder = save_model()

    async def story(link: PredictorLink) -> None:
        await link.predict(folder, [("good", picture())], Question(top_k=1))
        before, start = resident(predictor), busy(predictor)
        answer = await link.predict(folder, [("bomb", bomb()), ("good", picture())], Question(top_k=1))
        assert answer["predictions"][0]["error"]["code"] == "image_too_large"
        assert "probability" in answer["predictions"][1]
        assert busy(predictor) - start < 1
        assert resident(predictor) - before < 200e6

    with_link(home, story)


@pytest.mark.usefixtures("predictor")
def test_a_folder_outside_home_is_not_opened(home: Path) -> None:
    async def story(link: PredictorLink) -> None:
        for folder, code in ((home.parent, "bad_request"), (home / "none", "model_missing")):
            with pytest.raises(PredictorFault) as caught:
                await link.predict(folder, [("a", b"")], Question(top_k=1))
            assert caught.value.code == code

    with_link(home, story)


@pytest.mark.usefixtures("predictor")
def test_a_second_one_says_that_the_first_runs(home: Path) -> None:
    environ = {**os.environ, "TRAINSHED_HOME": str(home)}
    second = subprocess.run([sys.executable, "-m", "predictor"], env=environ, capture_output=True, text=True)
    assert second.returncode == 1
    assert "already" in second.stderr


def test_a_killed_predictor_is_away_and_its_successor_is_found_and_ends_cleanly(
    home: Path, save_model: SaveModel, picture: Picture
) -> None:
    own, folder = home / "own", save_model("own/model")

    async def story(link: PredictorLink) -> None:
        with await asyncio.to_thread(started, own) as first:
            await link.predict(folder, [("a", picture())], Question(top_k=1))
            first.kill()
        with pytest.raises(PredictorAway):
            await link.predict(folder, [("a", picture())], Question(top_k=1))
        assert predictor_socket(own).is_socket()  # left behind
        with await asyncio.to_thread(started, own) as second:
            assert "predictions" in await link.predict(folder, [("a", picture())], Question(top_k=1))
            second.terminate()
            assert await asyncio.to_thread(second.wait, 60) == 0
            assert not predictor_socket(own).exists()
            assert second.stderr
            assert "Traceback" not in second.stderr.read()

    with_link(own, story)


def test_a_trainer_that_wants_the_cores_gets_more_of_them(predictor: Process) -> None:
    assert os.getpriority(os.PRIO_PROCESS, predictor.pid) > os.getpriority(os.PRIO_PROCESS, 0)
