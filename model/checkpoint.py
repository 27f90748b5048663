"""A trainer's state on disk: written whole or not at all, and checked when read.

A checkpoint is `step-<step>.json`, its manifest, and the file of the state that the manifest names by its SHA-256. The
manifest is renamed into place last: a state without one was never finished and is not looked at, and saving a step
again never touches the files of the first time before the new ones are there.
"""

import hashlib
import io
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from model.errors import CheckpointDamaged


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


def save(folder: Path, state: dict[str, Any], **facts: Any) -> Manifest:
    """Durable on return: both files and the folder are synced. `facts` are the manifest's; costs one copy of the state.

    OSError, which leaves what was there before, and nothing half-written.
    """
    buffer = io.BytesIO()
    torch.save(state, buffer)
    content = buffer.getbuffer()
    manifest = Manifest(state["step"], len(content), hashlib.sha256(content).hexdigest(), **facts)
    write_whole(folder / manifest.state, content)
    write_whole(folder / manifest.name, json.dumps(asdict(manifest)).encode())
    return manifest


def load(folder: Path, manifest: Manifest) -> dict[str, Any]:
    """CheckpointDamaged when the bytes are not those that were saved. Never unpickles code."""
    try:
        content = (folder / manifest.state).read_bytes()
    except OSError as error:
        raise CheckpointDamaged(f"checkpoint of step {manifest.step} cannot be read: {error}") from error
    if hashlib.sha256(content).hexdigest() != manifest.sha256:
        raise CheckpointDamaged(f"checkpoint of step {manifest.step} does not match its checksum")
    state: dict[str, Any] = torch.load(io.BytesIO(content), weights_only=True)
    return state


def manifests(folder: Path) -> list[Manifest]:
    """Finished checkpoints, the newest first; an unreadable manifest is as good as none."""
    found = []
    for path in folder.glob("step-*.json"):
        try:
            found.append(Manifest(**json.loads(path.read_bytes())))
        except (OSError, ValueError, TypeError):
            continue
    return sorted(found, key=lambda manifest: -manifest.step)


def keep_only(folder: Path, kept: Iterable[Manifest]) -> None:
    """Removes every other checkpoint, and what was never finished."""
    names = {name for manifest in kept for name in (manifest.name, manifest.state)}
    # Manifests first: who is killed in between leaves no manifest without its state.
    for path in sorted(folder.glob("step-*"), key=lambda path: path.suffix != ".json"):
        if path.name not in names:
            path.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes | memoryview) -> None:
    """After a crash at any moment the file is the old one or the new one. OSError leaves the old one alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Its list of names, renamed files among them, is on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
