"""What a run keeps on disk, and what earlier runs of the same training left for it."""

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from model.durable import write_whole
from model.errors import CheckpointDamaged, CheckpointForeign
from model.runs import checkpoint
from model.runs.manifest import Manifest, best_of, manifests
from model.spec import JobSpec
from model.spec.lineage import lineage
from model.training.metrics import RECORD

CHECKPOINTS, MODEL, SERIES = "checkpoints", "model", "metrics.bin"
REPORT, SUSPECTS, PICTURES = "evaluation.json", "suspects.json", "pictures.npy"
CHOSEN = "batch_size.json"  # the number for `auto`: a run that is resumed keeps it, on whatever machine


class Found(NamedTuple):
    state: dict[str, Any] | None  # None: there is nothing to go on from
    damaged: tuple[str, ...]  # why others were passed over


class RunFolder:
    """`path` is this run's own; `origins` are those of earlier ones, the most trusted first, and are only read.

    A folder for each run makes stale ones harmless: a process that was thought dead and goes on writing writes where
    nobody looks before the folders of those that came after it.
    """

    def __init__(self, path: Path, origins: Sequence[Path], spec: JobSpec) -> None:
        self.path, self.folders = path, (path, *origins)
        self._lineage, self._keep = lineage(spec), spec.training.keep_checkpoints
        self._unsaved = bytearray()  # records since the last checkpoint
        self._damaged: list[Path] = []  # manifests
        self.saved_at: int | None = None  # step of the newest checkpoint
        path.mkdir(parents=True, exist_ok=True)

    def find(self) -> Found:
        """The newest checkpoint of the most trusted folder, whose series becomes this run's. CheckpointForeign."""
        damaged: list[str] = []
        foreign = False
        for folder in self.folders:
            for manifest in manifests(folder / CHECKPOINTS):
                if not self._is_ours(manifest):
                    foreign = True
                    continue
                try:
                    state = checkpoint.load(folder / CHECKPOINTS, manifest)
                    self._begin(folder, manifest.step)
                    return Found(state, tuple(damaged))
                except CheckpointDamaged as error:
                    damaged.append(str(error))
                    self._damaged.append(self._path(folder, manifest))
        if foreign:
            raise CheckpointForeign(f"{self.path} has checkpoints of a run that this spec cannot go on from")
        return Found(None, tuple(damaged))

    def add(self, record: bytes) -> None:
        """A batch's record, on disk with the next checkpoint."""
        self._unsaved += record

    def save(self, state: dict[str, Any], **figures: Any) -> Manifest:
        """Every batch up to a checkpoint is on disk before it: who goes on from there can tell the whole series."""
        self._clear_unfinished()
        self.save_series(state["step"])
        facts = {"time": time.time(), "lineage": self._lineage, **figures}
        manifest = checkpoint.save(self.path / CHECKPOINTS, state, **facts)
        self.saved_at = manifest.step
        self._damaged = [path for path in self._damaged if path != self._path(self.path, manifest)]
        self._prune()
        return manifest

    def save_series(self, step: int) -> None:
        (self.path / SERIES).touch()
        with (self.path / SERIES).open("r+b") as file:
            file.seek(step * RECORD.itemsize - len(self._unsaved))
            file.write(self._unsaved)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
        self._unsaved.clear()

    def series(self) -> bytes:
        return (self.path / SERIES).read_bytes()

    def chosen_batch_size(self) -> int | None:
        """Of the first run, which becomes this one's."""
        for folder in self.folders:
            if (folder / CHOSEN).exists():
                chosen = int(json.loads((folder / CHOSEN).read_bytes()))
                self.choose_batch_size(chosen)
                return chosen
        return None

    def choose_batch_size(self, batch_size: int) -> None:
        write_whole(self.path / CHOSEN, json.dumps(batch_size).encode())

    def _begin(self, origin: Path, step: int) -> None:
        """CheckpointDamaged where the series up to the checkpoint is not whole."""
        self._unsaved.clear()
        try:
            series = (origin / SERIES).read_bytes()[: step * RECORD.itemsize]
        except OSError:
            series = b""
        if len(series) < step * RECORD.itemsize:
            raise CheckpointDamaged(f"the series before the checkpoint of step {step} is not whole")
        self.saved_at = step
        if origin != self.path:
            write_whole(self.path / SERIES, series)

    def give_up(self, step: int) -> dict[str, Any] | None:
        """The state before that of `step`, which led nowhere and is gone; None where there is none before it."""
        own = self._own()
        if len(own) < 2 or own[0].step != step:
            return None
        checkpoint.keep_only(self.path / CHECKPOINTS, own[1:])
        return self.find().state

    def _clear_unfinished(self) -> None:
        """What a killed or failed save has left takes room: on a full disk, that of the next."""
        checkpoint.keep_only(self.path / CHECKPOINTS, manifests(self.path / CHECKPOINTS))

    def _prune(self) -> None:
        """Keeps the newest and the one with the lowest loss at an evaluation; damaged ones are none."""
        own = self._own()
        best = best_of(own)
        checkpoint.keep_only(
            self.path / CHECKPOINTS, [*own[: self._keep], *(each for each in own if each is best)]
        )

    def _own(self) -> list[Manifest]:
        """Whole checkpoints in this run's folder, the newest first."""
        found = manifests(self.path / CHECKPOINTS)
        return [
            each for each in found if self._is_ours(each) and self._path(self.path, each) not in self._damaged
        ]

    def _is_ours(self, manifest: Manifest) -> bool:
        return manifest.lineage == self._lineage

    @staticmethod
    def _path(folder: Path, manifest: Manifest) -> Path:
        return folder / CHECKPOINTS / manifest.name
