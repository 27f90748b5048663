"""What a job keeps on disk, and each of its runs."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.finished import exported
from model.finished.exported import Format
from model.runs.manifest import Manifest, best_of, manifests
from model.training.metrics import RECORD
from store.files import share
from store.pictures import Pictures
from store.work_files import WorkFiles

BATCH_SIZE = "batch_size.json"  # of a run whose spec says `auto`
WEIGHTS, CARD = "model.safetensors", "model.json"


class JobFiles(WorkFiles):
    """`<home>/jobs/<id>/`: what is one for the job, and below it a folder for each run, named by its token.

    Run 0 is what a job began with that goes on from another's checkpoint.
    """

    __slots__ = ()
    PLACE, GLOB = "jobs", "job_*"

    @property
    def initial(self) -> Path:
        """The model that it begins with, another job's."""
        return self.folder / "initial"

    def run(self, token: int) -> "RunFiles":
        return RunFiles(self.folder / str(token))

    def runs(self, below: int | None = None) -> list["RunFiles"]:
        """The newest first; those before the run `below` are what it may go on from."""
        return [self.run(token) for token in self.tokens() if below is None or token < below]

    def checkpoints(self) -> list[tuple["RunFiles", Manifest]]:
        """By rising step; of a step that several runs have saved, that of the newest."""
        found = {
            each.step: (run, each) for run in reversed(self.runs()) for each in manifests(run.checkpoints)
        }
        return [found[step] for step in sorted(found)]

    def forget_runs(self, below: int, keep: int) -> None:
        """Earlier runs, once the run `below` has `keep` checkpoints of its own; the best of all stays where it is."""
        if len(manifests(self.run(below).checkpoints)) < keep:
            return
        best = best_of([each for _, each in self.checkpoints()])
        for run in self.runs(below):
            kept = [each for each in manifests(run.checkpoints) if each == best]
            run.keep_only(kept)
            if not kept:
                shutil.rmtree(run.folder, ignore_errors=True)

    def reached(self) -> tuple[int, bytes]:
        for run in self.runs():
            for manifest in manifests(run.checkpoints):
                series = run.read_series()[: manifest.step * RECORD.itemsize]
                if len(series) == manifest.step * RECORD.itemsize:
                    return manifest.step, series
        return 0, b""

    def sweep(self) -> None:
        WorkFiles.sweep(self)
        for run in self.runs():
            run.keep_only(manifests(run.checkpoints))


@dataclass(frozen=True, slots=True)
class RunFiles:
    """What one run reads and writes; all of it is the trainer's."""

    folder: Path

    @property
    def token(self) -> int:
        return int(self.folder.name)

    @property
    def series(self) -> Path:
        return self.folder / "metrics.bin"

    @property
    def model(self) -> Path:
        return self.folder / "model"

    @property
    def weights(self) -> Path:
        return self.model / WEIGHTS

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    def lend_model(self, heir: JobFiles) -> None:
        """What `heir` begins with. FileNotFoundError when it was removed."""
        heir.initial.mkdir(parents=True)
        for name in (WEIGHTS, CARD):
            share(self.model / name, heir.initial / name)

    def read_series(self) -> bytes:
        """Empty before the first checkpoint."""
        return self.series.read_bytes() if self.series.exists() else b""

    def read_evaluation(self) -> dict[str, Any] | None:
        return _read_json(self.folder / "evaluation.json")

    def read_suspects(self) -> dict[str, Any] | None:
        return _read_json(self.folder / "suspects.json")

    def read_pictures(self) -> Pictures | None:
        """None where the run kept none: it has not ended, or an older Trainshed trained it."""
        try:
            return Pictures(self.folder / "pictures.npy")
        except FileNotFoundError:
            return None

    def read_card(self) -> dict[str, Any] | None:
        """What `model/finished/predict.py` wrote beside the weights of a finished model."""
        return _read_json(self.model / CARD)

    def read_report(self, kind: Format) -> dict[str, Any] | None:
        """Of an export, what `model/finished/export.py` wrote beside it."""
        return _read_json(exported.report(self.model, kind))

    def delete_model(self) -> None:
        """The card first: a folder that has it holds a whole model."""
        (self.model / CARD).unlink(missing_ok=True)
        shutil.rmtree(self.model, ignore_errors=True)

    def keep_only(self, kept: list[Manifest]) -> None:
        """Of its checkpoints."""
        names = {name for manifest in kept for name in (manifest.name, manifest.state)}
        for path in self.checkpoints.glob("step-*"):
            if path.name not in names:
                path.unlink(missing_ok=True)

    def hand_over(self, manifest: Manifest, heir: "RunFiles") -> None:
        """Gives `heir` the checkpoint and the series up to it. FileNotFoundError when it was removed meanwhile."""
        heir.checkpoints.mkdir(parents=True)
        heir.series.write_bytes(self.series.read_bytes())
        if (self.folder / BATCH_SIZE).exists():
            share(self.folder / BATCH_SIZE, heir.folder / BATCH_SIZE)
        for name in (manifest.state, manifest.name):
            share(self.checkpoints / name, heir.checkpoints / name)


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        return None
