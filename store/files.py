"""Where a job's files lie below the data folder."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class JobFiles:
    """`<home>/jobs/<id>/`: what one run reads and writes; `checkpoints` and `model` are the trainer's."""

    folder: Path

    @classmethod
    def of(cls, home: Path, job_id: str) -> "JobFiles":
        return cls(home / "jobs" / job_id)

    @property
    def spec(self) -> Path:
        return self.folder / "spec.json"

    @property
    def log(self) -> Path:
        return self.folder / "trainer.log"

    @property
    def series(self) -> Path:
        return self.folder / "metrics.bin"

    @property
    def model(self) -> Path:
        return self.folder / "model"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    def read_evaluation(self) -> dict[str, Any] | None:
        return _read_json(self.folder / "evaluation.json")

    def read_card(self) -> dict[str, Any] | None:
        """What `model/predict.py` wrote beside the weights of a finished model."""
        return _read_json(self.model / "model.json")

    def read_checkpoints(self) -> list[dict[str, Any]]:
        """Manifests of the checkpoints, by rising step."""
        found = (_read_json(path) for path in sorted(self.checkpoints.glob("step-*.json")))
        return [manifest for manifest in found if manifest is not None]

    def last_lines(self, count: int) -> list[str]:
        """The end of the trainer's log; reads at most its last 256 KiB."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, self.log.stat().st_size - 2**18))
                return file.read().decode(errors="replace").splitlines()[-count:]
        except FileNotFoundError:
            return []

    def delete(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def datasets(home: Path) -> Path:
    return home / "datasets"


def machine(home: Path, name: str) -> Path:
    """What was measured of a machine."""
    return home / "machines" / f"{name}.json"


def predictor_socket(home: Path) -> Path:
    return home / "run" / "predictor.sock"


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
