"""Trials of models' engines, each by a process of its own, so that no prediction waits: `model/finished/trial.py`."""

import asyncio
import logging
import os
import shutil
import sys
from collections import Counter
from pathlib import Path
from subprocess import DEVNULL, PIPE
from weakref import WeakValueDictionary

import torch

from model.errors import CheckpointDamaged
from model.finished import tried
from model.finished.predict import Model
from predictor.batcher import Batcher
from store import files

LOG = logging.getLogger(__name__)
ENOUGH = 256  # images of a model that were asked about: the model of a few questions is not worth a minute of a core
LONGEST = 3600.0  # seconds for one, at its low priority


def equip(model: Model, folder: Path) -> None:
    """Gives it the engine that a trial chose, and warms it; one that fails is told of, and torch in fp32 serves.

    A trial whose files are damaged is forgotten, so that another can be made.
    """
    before = model.engine
    try:
        model.serve_by(model.proven_engine(folder))
        for images in (1, 2):  # which an engine may compute in two ways
            pixels = torch.zeros(images, model.channels, model.image_size, model.image_size)
            model.look_by(model.engine, pixels)
    except CheckpointDamaged as error:
        LOG.warning("%s: the engines are to be tried again", error)
        shutil.rmtree(tried.folder(folder, tried.machine(model.device.type)), ignore_errors=True)
    except Exception:
        LOG.exception("the engine that was chosen for the model in %s fails", folder)
        model.serve_by(before)


class Trials:
    """One at a time, of models that are asked about often and were never tried on this machine."""

    def __init__(self, home: Path, device: str, batcher: Batcher, enough: int = ENOUGH) -> None:
        self._home, self._device, self._batcher, self._enough = home, device, batcher, enough
        self._asked: Counter[Path] = Counter()
        self._models = WeakValueDictionary[Path, Model]()  # as they were last loaded
        self._turn = asyncio.Semaphore(1)
        self.going: set[asyncio.Task[None]] = set()

    def asked(self, model: Model, folder: Path, images: int) -> None:
        self._models[folder] = model
        before, self._asked[folder] = self._asked[folder], self._asked[folder] + images
        if before < self._enough <= self._asked[folder] and tried.read(folder, model.device.type) is None:
            task = asyncio.create_task(self._try(folder))
            self.going.add(task)
            task.add_done_callback(self.going.discard)

    async def _try(self, folder: Path) -> None:
        try:
            async with self._turn, asyncio.timeout(LONGEST):
                await self._run(folder)
            if model := self._models.get(folder):  # else whoever loads it next finds the trial
                await self._batcher.call(lambda: equip(model, folder))
        except (OSError, RuntimeError, TimeoutError) as error:
            LOG.warning("the engines for the model in %s could not be tried: %r", folder, error)
            return
        if model:
            LOG.info("the model in %s is served by %s", folder, model.engine.name)

    async def _run(self, folder: Path) -> None:
        command = [sys.executable, "-m", "model.finished.trial", str(folder), "--supervised"]
        command += ["--device", self._device, "--datasets", str(files.datasets(self._home))]
        # One thread: a team of its own would keep predictions from the cores.
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdin=PIPE, stdout=DEVNULL)
        try:
            if status := await process.wait():
                raise RuntimeError(f"the trial ended with {status}")
        finally:
            if process.returncode is None:
                process.kill()
