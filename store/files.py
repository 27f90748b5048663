"""Where files lie below the data folder."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from model import exported
from model.exported import Format
from model.manifest import Manifest, best_of, manifests
from model.metrics import RECORD

BATCH_SIZE = "batch_size.json"  # of a run whose spec says `auto`
WEIGHTS, CARD = "model.safetensors", "model.json"


@dataclass(frozen=True, slots=True)
class WorkFiles:
    """The folder of one job, one import or one prediction."""

    folder: Path
    PLACE: ClassVar[str]  # below home
    GLOB: ClassVar[str]

    @classmethod
    def of(cls, home: Path, job_id: str) -> Self:
        return cls(home / cls.PLACE / job_id)

    @classmethod
    def all(cls, home: Path) -> Iterator[Self]:
        """That the disk knows."""
        for folder in sorted((home / cls.PLACE).glob(cls.GLOB)):
            yield cls(folder)

    @classmethod
    def alone(cls, home: Path) -> AbstractContextManager[None]:
        """While work begins, is cleared up or deleted, where the same id can begin again: nobody else does so."""
        return nullcontext()

    @property
    def spec(self) -> Path:
        """As the process reads it that does the work."""
        return self.folder / "spec.json"

    @property
    def log(self) -> Path:
        return self.folder / "trainer.log"

    @property
    def record(self) -> Path:
        """What Redis knows, should Redis be lost."""
        return self.folder / "record.json"

    @property
    def series(self) -> Path:
        """Of a job that has ended; until then each run has its own."""
        return self.folder / "metrics.bin"

    def tokens(self) -> list[int]:
        """Of the runs that left something, the newest first."""
        return sorted(
            (int(path.name) for path in self.folder.glob("[0-9]*") if path.name.isdigit()), reverse=True
        )

    def reached(self) -> tuple[int, bytes]:
        """The step that the next run goes on from, and the series up to it; 0 before there is a checkpoint."""
        return 0, b""

    def last_lines(self, count: int) -> list[str]:
        """The end of the log; reads at most its last 256 KiB."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, self.log.stat().st_size - 2**18))
                return file.read().decode(errors="replace").splitlines()[-count:]
        except FileNotFoundError:
            return []

    def sweep(self) -> None:
        """Removes what runs that were killed had half written; nobody may be writing."""
        for part in self.folder.rglob("*.part"):
            part.unlink(missing_ok=True)

    def delete(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


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


class ImportFiles(WorkFiles):
    """`<home>/imports/<id>/`: an upload and what is done to it; each attempt packs in a folder of its own."""

    __slots__ = ()
    PLACE, GLOB = "imports", "ds_*"

    @classmethod
    @contextmanager
    def alone(cls, home: Path) -> Iterator[None]:
        lock = home / "run" / "imports.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        with lock.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @property
    def log(self) -> Path:
        return self.folder / "import.log"

    @property
    def upload(self) -> Path:
        """Gone when the import has ended."""
        return self.folder / "upload"

    @property
    def report(self) -> Path:
        """Of an upload that was refused; that of a data set is beside its images."""
        return self.folder / "report.json"

    def attempt(self, token: int) -> Path:
        return self.folder / str(token)

    def forget_attempts(self) -> None:
        for token in self.tokens():
            shutil.rmtree(self.attempt(token), ignore_errors=True)

    def sweep(self) -> None:
        """When the import has ended."""
        self.forget_attempts()
        self.upload.unlink(missing_ok=True)
        WorkFiles.sweep(self)


class PredictionFiles(WorkFiles):
    """`<home>/predictions/<id>/`: what is predicted of many pictures."""

    __slots__ = ()
    PLACE, GLOB = "predictions", "pred_*"

    @property
    def log(self) -> Path:
        return self.folder / "prediction.log"

    @property
    def upload(self) -> Path:
        """Gone when the prediction has ended; there is none where a data set is predicted."""
        return self.folder / "upload"

    @property
    def result(self) -> Path:
        """Whole, or not there."""
        return self.folder / "result.jsonl"

    def sweep(self) -> None:
        """When the prediction has ended."""
        self.upload.unlink(missing_ok=True)
        WorkFiles.sweep(self)


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

    def read_card(self) -> dict[str, Any] | None:
        """What `model/predict.py` wrote beside the weights of a finished model."""
        return _read_json(self.model / CARD)

    def read_report(self, kind: Format) -> dict[str, Any] | None:
        """Of an export, what `model/export.py` wrote beside it."""
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


def datasets(home: Path) -> Path:
    """A folder for each, named by its id, or by its name for those that torchvision knows."""
    return home / "datasets"


def weights(home: Path) -> Path:
    """Of networks that others have trained: torchvision's."""
    return home / "weights"


def uploads(home: Path) -> Path:
    """What is being sent."""
    return home / "uploads"


def names(home: Path) -> Path:
    """Of data sets and their versions."""
    return home / "names"


def aliases(home: Path) -> Path:
    """Names of models."""
    return home / "aliases"


def machine(home: Path, name: str) -> Path:
    """What was measured of a machine."""
    return home / "machines" / f"{name}.json"


def predictor_socket(home: Path) -> Path:
    return home / "run" / "predictor.sock"


def redis_url(home: Path) -> Path:
    """Where `make up` writes the URL of its private Redis, password included."""
    return home / "run" / "redis.url"


def share(source: Path, target: Path) -> None:
    """A second name for a file that is never written again; a copy where the file system knows no second names."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, target)


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        return None
