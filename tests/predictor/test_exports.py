"""Exports by real processes, asked for as the server asks."""

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from model.finished import exported
from model.finished.predict import WEIGHTS
from predictor.errors import BadRequest, ModelMissing, ModelUnusable, Refusal
from predictor.exports import Exports
from predictor.wire import Export

SaveModel = Callable[..., Path]


def request(folder: Path) -> Export:
    return Export(id=1, folder=folder, format="safetensors")


def certified(folder: Path) -> bool:
    """Whether there is a report, and the file that it is of."""
    report, content = exported.report(folder, "safetensors"), exported.file(folder, "safetensors")
    if not report.exists():
        return False
    said = json.loads(report.read_bytes())
    return bool(said["sha256"] == hashlib.sha256(content.read_bytes()).hexdigest())


def test_a_process_that_is_killed_is_told_of_and_the_next_requests_share_another_though_one_gives_up(
    home: Path, save_model: SaveModel
) -> None:
    folder = save_model()

    async def story() -> None:
        exports = Exports(home)
        asked = asyncio.create_task(exports(request(folder)))
        os.kill(await process_of(folder), signal.SIGKILL)
        with pytest.raises(Refusal, match="was killed"):
            await asked
        assert not certified(folder)
        impatient, patient = (asyncio.create_task(exports(request(folder))) for _ in range(2))
        await asyncio.sleep(0.1)
        impatient.cancel()
        assert await patient == {"done": True}
        assert len(list((folder / exported.EXPORTS).iterdir())) == 2

    asyncio.run(story())
    assert certified(folder)


def test_why_there_is_no_export_is_said_as_of_predictions(home: Path, save_model: SaveModel) -> None:
    folder = save_model()
    (folder / WEIGHTS).write_bytes(b"no weights")

    async def story() -> None:
        exports = Exports(home)
        for wrong, kind in ((folder, ModelUnusable), (home / "none", ModelMissing), (Path("/"), BadRequest)):
            with pytest.raises(kind):
                await exports(request(wrong))

    asyncio.run(story())


def test_an_export_ends_with_the_process_that_asked_for_it(home: Path, save_model: SaveModel) -> None:
    command = [sys.executable, "-m", "model.finished.export", str(save_model()), "--format", "safetensors"]
    with subprocess.Popen([*command, "--supervised"], stdin=subprocess.PIPE) as process:
        assert process.stdin
        process.stdin.close()
        assert process.wait(timeout=60) == 1


async def process_of(folder: Path) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = subprocess.run(
            ["pgrep", "-f", f"model.finished.export {folder}"], capture_output=True, text=True, check=False
        )
        if found.stdout:
            return int(found.stdout.split()[0])
        await asyncio.sleep(0.02)
    raise AssertionError("no export runs")
