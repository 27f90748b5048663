"""What two runs have to share for one to go on from the other's checkpoint."""

import hashlib
import json
from typing import Any

from model.spec.job import JobSpec

# Shapes of the tensors, what they were trained on, and in which order. All else may change: a lower rate, more steps.
SHARED = (
    "/mode",
    "/init_from",
    "/architecture",
    "/data/dataset",
    "/data/image_size",
    "/data/normalization",
    "/data/sampling",
    "/data/validation_split",
    "/training/optimizer/name",
    "/training/batch_size",
    "/training/averaging",
    "/training/seed",
)
# Fields that came later, with what was so before: checkpoints of that time are gone on from as well.
ADDED = {"/init_from": None, "/data/sampling": "uniform"}


def differences(one: JobSpec, other: JobSpec) -> list[str]:
    """JSON pointers to what keeps `other` from going on where `one` ended; none if it may."""
    ours, theirs = _shared(one), _shared(other)
    return [pointer for pointer in SHARED if ours[pointer] != theirs[pointer]]


def lineage(spec: JobSpec) -> str:
    """Equal for specs without differences: 16 hexadecimal digits."""
    shared = {
        name: value for name, value in _shared(spec).items() if name not in ADDED or value != ADDED[name]
    }
    return hashlib.sha256(json.dumps(shared, sort_keys=True).encode()).hexdigest()[:16]


def _shared(spec: JobSpec) -> dict[str, Any]:
    whole = spec.model_dump(mode="json")
    whole["architecture"].pop("preset", None)  # another name for the same blocks
    return {pointer: _at(whole, pointer) for pointer in SHARED}


def _at(whole: dict[str, Any], pointer: str) -> Any:
    value: Any = whole
    for name in pointer.split("/")[1:]:
        value = value[name]
    return value
