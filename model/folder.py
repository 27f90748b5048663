"""What a run keeps on disk, and what earlier runs of the same training left for it."""

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from model import checkpoint
from model.durable import write_whole
from model.errors import CheckpointDamaged, CheckpointForeign
from model.manifest import Manifest, best_of, manifests
from model.metrics import RECORD
from model.spec import JobSpec
from model.spec.lineage import lineage

CHECKPOINTS, MODEL, REPORT, SERIES = "checkpoints", "model", "evaluation.json", "metrics.bin"
CHOSEN = "batch_size.json"  # the number for `auto`: a run that is resumed keeps it, on whatever machine


class Found(NamedTuple):
    state: dict[str, Any] | None  # None: there is nothing to go on from
    damaged: tuple[str, ...]  # why others were passed over


class RunFolder:
    """`path` is this run's own; `origins` are those of earlier ones, the most trusted first.

    Of those it removes checkpoints that its own have made superfluous, and writes nothing. A folder for each run makes
    stale ones harmless: a process that was thought dead and goes on writing writes where nobody looks before the
    folders of those that came after it.
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
        for folder in self.folders:
            if (folder / CHOSEN).exists():
                return int(json.loads((folder / CHOSEN).read_bytes()))
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

    def _clear_unfinished(self) -> None:
        """What a killed or failed save has left takes room: on a full disk, that of the next."""
        for folder in self.folders:
            checkpoint.keep_only(folder / CHECKPOINTS, manifests(folder / CHECKPOINTS))

    def _prune(self) -> None:
        """Keeps the newest of all runs and the one with the lowest loss at an evaluation; damaged ones are none."""
        found = [(folder, each) for folder in self.folders for each in manifests(folder / CHECKPOINTS)]
        whole = [pair for pair in found if self._is_ours(pair[1]) and self._path(*pair) not in self._damaged]
        best = best_of([manifest for _, manifest in whole])
        kept = [*whole[: self._keep], *(pair for pair in whole if pair[1] is best)]
        kept += [pair for pair in found if not self._is_ours(pair[1])]  # no business of this run
        for folder in self.folders:
            checkpoint.keep_only(folder / CHECKPOINTS, [m for where, m in kept if where == folder])

    def _is_ours(self, manifest: Manifest) -> bool:
        return manifest.lineage == self._lineage

    @staticmethod
    def _path(folder: Path, manifest: Manifest) -> Path:
        return folder / CHECKPOINTS / manifest.name
