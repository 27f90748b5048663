"""What a checkpoint says of itself: a JSON file beside the state that it names. No torch."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Manifest:
    step: int
    bytes: int
    sha256: str  # of the state's file
    time: float  # Unix seconds
    lineage: str  # `model.spec.lineage` of the run that wrote it
    loss: float | None = None  # of the last batch
    accuracy: float | None = None
    evaluation: dict[str, Any] | None = None  # split, loss and accuracy, where the step has one

    @property
    def state(self) -> str:
        """The file's name; the same step saved twice has two."""
        return f"step-{self.step:09d}-{self.sha256[:8]}.pt"

    @property
    def name(self) -> str:
        return f"step-{self.step:09d}.json"


def manifests(folder: Path) -> list[Manifest]:
    """Finished checkpoints, the newest first; an unreadable manifest is as good as none."""
    found = []
    for path in folder.glob("step-*.json"):
        try:
            manifest = Manifest(**json.loads(path.read_bytes()))
            if manifest.evaluation:
                manifest.evaluation["loss"] + 0.0
            if manifest.name == path.name:
                found.append(manifest)
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return sorted(found, key=lambda manifest: -manifest.step)


def best_of(found: list[Manifest]) -> Manifest | None:
    """The one with the lowest loss at an evaluation; the newest where none was evaluated."""
    newest = max(found, key=lambda manifest: manifest.step, default=None)
    scored = [(manifest.evaluation["loss"], manifest) for manifest in found if manifest.evaluation]
    return min(scored, key=lambda pair: pair[0])[1] if scored else newest
