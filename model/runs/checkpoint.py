"""A trainer's state on disk: written whole or not at all, and checked when read.

A checkpoint is `step-<step>.json`, its manifest, and the file of the state that the manifest names by its SHA-256. The
manifest is renamed into place last: a state without one was never finished and is not looked at, and saving a step
again never touches the files of the first time before the new ones are there.
"""

import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from model.durable import write_whole
from model.errors import CheckpointDamaged
from model.runs.manifest import Manifest


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


def keep_only(folder: Path, kept: Iterable[Manifest]) -> None:
    """Removes every other checkpoint, and what was never finished."""
    names = {name for manifest in kept for name in (manifest.name, manifest.state)}
    # Manifests first: who is killed in between leaves no manifest without its state.
    for path in sorted(folder.glob("step-*"), key=lambda path: path.suffix != ".json"):
        if path.name not in names:
            path.unlink(missing_ok=True)
