"""What a picture can do to the processes that decode it, and what it then costs the others: nothing."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ingest.decoder import Task
from ingest.pool import Decoded, Pool, Result
from ingest.sample import Sample
from ingest.source import Fault
from model.data.images import SCANS, Fit, decode, fit_pixels

TASK = Task(max_pixels=25_000_000, channels=3, image_size=16)
GENERATOR = np.random.default_rng(0)


def encoded(array: NDArray[np.uint8], kind: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    Image.fromarray(array).save(file, kind, **options)
    return file.getvalue()


def small(number: int) -> Sample:
    pixels = GENERATOR.integers(0, 256, (20 + number % 7, 30, 3), np.uint8)
    return Sample(f"small-{number}.png", "a", None, encoded(pixels))


def slow() -> Sample:
    """A JPEG of 16 million pixels that takes seconds: nearly as many scans as are allowed."""
    data = encoded(np.zeros((4000, 4000), np.uint8), "JPEG", progressive=True)
    last_scan = data[data.rfind(b"\xff\xda") : -2]
    times = SCANS - data.count(b"\xff\xda")
    return Sample("slow.jpg", "a", None, data[:-2] + last_scan * times + data[-2:])


def bomb(side: int) -> Sample:
    file = BytesIO()
    Image.new("1", (side, side)).save(file, "PNG")
    return Sample("bomb.png", "a", None, file.getvalue())


def codes(results: list[Result]) -> dict[str, str]:
    return {result.path: result.code for result in results if isinstance(result, Fault)}


def paths(results: list[Result]) -> list[str]:
    return [result.path if isinstance(result, Fault) else result.sample.path for result in results]


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_results_come_in_the_order_of_the_samples_and_faults_stay_in_their_places() -> None:
    samples: list[Sample | Fault] = [small(number) for number in range(300)]
    samples[7] = Fault("lost.png", "missing", "it is not there")
    samples[8] = Sample("text.png", "a", None, b"not a picture")
    samples[9] = Sample("empty.png", "a", None, b"")
    with Pool(TASK) as pool:
        results = list(pool.results(samples))
    assert paths(results) == [each.path for each in samples]
    assert codes(results) == {"lost.png": "missing", "text.png": "not_an_image", "empty.png": "empty"}


@pytest.mark.parametrize("channels", [1, 3])
def test_files_and_pixels_are_decoded_as_everywhere_else(channels: int) -> None:
    task = Task(10**6, channels, 16, "crop")
    color, gray = (GENERATOR.integers(0, 256, (9, 12, depth), np.uint8) for depth in (3, 1))
    samples = [small(1), Sample("color", "a", None, color), Sample("gray", "a", None, gray)]
    with Pool(task, 1) as pool:
        results = list(pool.results(samples))
    content = samples[0].content
    assert isinstance(content, bytes)
    fit = Fit(16, "crop")
    expected = [decode(content, channels, 10**6, fit), *(fit_pixels(a, channels, fit) for a in (color, gray))]
    for result, pixels in zip(results, expected, strict=True):
        assert isinstance(result, Decoded)
        assert result.pixels == pixels.transpose(1, 2, 0).tobytes()
    assert [r.facts.width for r in results if isinstance(r, Decoded)] == [30, 12, 12]


def test_a_picture_that_takes_too_long_is_left_out_alone() -> None:
    samples = [small(0), slow(), small(1), small(2)]
    with Pool(Task(25_000_000, 3, 16, seconds=0.5), 1) as pool:
        results = list(pool.results(samples))
    assert paths(results) == [sample.path for sample in samples]
    assert codes(results) == {"slow.jpg": "took_too_long"}


def test_a_picture_that_ends_its_decoder_each_time_is_left_out_alone() -> None:
    samples = [small(0), slow(), small(1), small(2)]
    with Pool(TASK, 1) as pool:
        done = threading.Event()
        shooter = threading.Thread(target=shoot_the_busy, args=(pool, done))
        shooter.start()
        results = list(pool.results(samples))
        done.set()
        shooter.join()
    assert codes(results) == {"slow.jpg": "crashed"}
    assert paths(results) == [sample.path for sample in samples]


def shoot_the_busy(pool: Pool, done: threading.Event) -> None:
    """Decoders that have worked for a second, which only the slow picture takes."""
    while not done.wait(0.05):
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = Path(f"/proc/{pool.pids[0]}/stat").read_text().rsplit(")")[-1].split()
            if int(fields[11]) > os.sysconf("SC_CLK_TCK"):
                os.kill(pool.pids[0], signal.SIGSEGV)


def test_a_decoder_that_is_killed_while_it_starts_costs_nothing() -> None:
    with Pool(TASK, 1) as pool:
        os.kill(pool.pids[0], signal.SIGKILL)
        results = list(pool.results([small(0)]))
    assert codes(results) == {}


def test_a_decoder_that_is_killed_once_from_outside_costs_no_picture() -> None:
    samples = [small(number) for number in range(400)]
    with Pool(TASK, 2) as pool:
        results = []
        for result in pool.results(samples):
            results.append(result)
            if len(results) in (1, 200):
                os.kill(pool.pids[0], signal.SIGKILL)
    assert codes(results) == {}
    assert paths(results) == [sample.path for sample in samples]


def test_a_picture_that_needs_too_much_memory_is_left_out_alone() -> None:
    task = Task(200_000_000, 3, 16, memory=100_000_000)
    with Pool(task, 1) as pool:
        results = list(pool.results([small(0), bomb(13_000), small(1)]))
    assert codes(results) == {"bomb.png": "image_too_large"}


def test_decoders_end_when_the_pool_is_left() -> None:
    with Pool(TASK) as pool:
        next(pool.results([small(0)]))
        pids = pool.pids
    assert all(gone(pid) for pid in pids)


def test_decoders_end_when_their_parent_is_killed() -> None:
    program = """
import sys, time
from ingest.decoder import Task
from ingest.pool import Pool
pool = Pool(Task(10**6, 3, 16))
print(*pool.pids, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    deadline = time.monotonic() + 30
    while not all(gone(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_no_more_samples_are_taken_than_are_in_hand() -> None:
    taken = 0

    def endless() -> Iterator[Sample]:
        nonlocal taken
        while True:
            taken += 1
            yield small(taken)

    with Pool(TASK, 2) as pool:
        next(pool.results(endless()))
    assert taken < 1000
