"""A trainer's state on disk: written whole or not at all, checked when read, the newest good one found.

A checkpoint is `step-<step>.pt` and beside it `step-<step>.json` with its SHA-256. The manifest is renamed into
place last, so a checkpoint without one was never finished and is not looked at.
"""

import hashlib
import io
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from model.errors import CheckpointDamaged


@dataclass(frozen=True, slots=True)
class Manifest:
    step: int
    bytes: int
    sha256: str
    time: float  # Unix seconds
    loss: float | None = None  # of the last batch
    accuracy: float | None = None


def save(
    folder: Path, state: dict[str, Any], time: float, loss: float | None, accuracy: float | None
) -> Manifest:
    """Durable on return: both files and the folder are synced. Costs one copy of the state in memory."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    content = buffer.getbuffer()
    step = state["step"]
    manifest = Manifest(step, len(content), hashlib.sha256(content).hexdigest(), time, loss, accuracy)
    write_whole(_weights(folder, step), content)
    write_whole(_weights(folder, step).with_suffix(".json"), json.dumps(asdict(manifest)).encode())
    return manifest


def load(folder: Path, manifest: Manifest) -> dict[str, Any]:
    """CheckpointDamaged when the bytes are not those that were saved. Never unpickles code."""
    try:
        content = _weights(folder, manifest.step).read_bytes()
    except OSError as error:
        raise CheckpointDamaged(f"checkpoint of step {manifest.step} cannot be read: {error}") from error
    if hashlib.sha256(content).hexdigest() != manifest.sha256:
        raise CheckpointDamaged(f"checkpoint of step {manifest.step} does not match its checksum")
    state: dict[str, Any] = torch.load(io.BytesIO(content), weights_only=True)
    return state


def newest(folder: Path) -> dict[str, Any] | None:
    """The state of the newest checkpoint that is whole; damaged ones are passed over."""
    for manifest in reversed(manifests(folder)):
        try:
            return load(folder, manifest)
        except CheckpointDamaged:
            continue
    return None


def manifests(folder: Path) -> list[Manifest]:
    """Finished checkpoints by rising step; an unreadable manifest is as good as none."""
    found = []
    for path in folder.glob("step-*.json"):
        try:
            found.append(Manifest(**json.loads(path.read_bytes())))
        except (OSError, ValueError, TypeError):
            continue
    return sorted(found, key=lambda manifest: manifest.step)


def prune(folder: Path, keep: int) -> None:
    """Leaves the newest `keep` checkpoints and nothing half-written."""
    steps = {manifest.step for manifest in manifests(folder)[-keep:]}
    for path in folder.glob("step-*"):
        if path.suffix == ".part" or int(path.stem.removeprefix("step-")) not in steps:
            path.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes | memoryview) -> None:
    """After a crash at any moment the file is the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _weights(folder: Path, step: int) -> Path:
    return folder / f"step-{step:09d}.pt"
