"""Exports of models, each by a process of its own, so that no prediction waits: `python -m model.finished.export`."""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from subprocess import PIPE
from typing import Any

from model.finished.exported import Format
from predictor.errors import Busy, ExportRefused, ModelMissing, ModelUnusable, NoRoom, Refusal
from predictor.reach import within
from predictor.wire import Export
from store import files

LOG = logging.getLogger(__name__)
MOST = 32  # that wait or are made
LONGEST = 900.0  # seconds for one
REFUSALS: dict[str, type[Refusal]] = {
    kind.code: kind for kind in (ExportRefused, ModelMissing, ModelUnusable, NoRoom)
}
Work = tuple[Path, Format]


class Exports:
    """One at a time. Who asks for what is being made waits for it; it is made whether anybody waits or not."""

    def __init__(self, home: Path) -> None:
        self._home = home.resolve()
        self._turn = asyncio.Semaphore(1)
        self._going: dict[Work, asyncio.Task[None]] = {}

    async def __call__(self, request: Export) -> dict[str, Any]:
        """Refusal."""
        work = within(self._home, request.folder), request.format
        if work not in self._going:
            if len(self._going) >= MOST:
                raise Busy(f"{len(self._going)} exports are waiting")
            self._going[work] = asyncio.create_task(self._make(*work))
            self._going[work].add_done_callback(lambda task: self._done(work, task))
        await asyncio.shield(self._going[work])
        return {"done": True}

    def _done(self, work: Work, task: "asyncio.Task[None]") -> None:
        del self._going[work]
        if not task.cancelled() and (error := task.exception()):
            LOG.warning("%s was not exported to %s: %s", *work, error)

    async def _make(self, folder: Path, kind: Format) -> None:
        program = [sys.executable, "-m", "model.finished.export"]
        command = [*program, str(folder), "--format", kind, "--supervised"]
        command += ["--datasets", str(files.datasets(self._home))]
        # One thread: a team of its own would keep predictions from the cores.
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        async with self._turn, asyncio.timeout(LONGEST):
            process = await asyncio.create_subprocess_exec(*command, env=environment, stdin=PIPE, stdout=PIPE)
            try:
                assert process.stdout
                said = await process.stdout.read()
                _refuse(await process.wait(), said)
            finally:
                if process.returncode is None:
                    process.kill()


def _refuse(status: int, said: bytes) -> None:
    """Unless it came to a good end."""
    if status == 0:
        return
    try:
        error = json.loads(said)["error"]
    except (ValueError, KeyError) as unsaid:
        how = "was killed, perhaps for want of memory" if status < 0 else f"ended with {status}"
        raise Refusal(f"the export {how}; the predictor's log says more") from unsaid
    raise REFUSALS[error["code"]](error["message"])
