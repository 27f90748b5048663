"""What the service costs the training: the same spec by `python -m model` alone and through a worker, in turns."""

import copy
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

import httpx2

from benchmarks import training
from benchmarks.record import Figure, percentile
from benchmarks.service import running_stack, trained

PAIRS = 5
FIRST_STEP = 50  # before it the first batches warm up
PAGE = 100_000
EXAMPLE = Path(__file__).parents[1] / "examples" / "fashion-small.json"
# As many batches a second as there can be: the service has the most to do, the training has the least to hide it.
TINY: dict[str, Any] = {
    "name": "tiny",
    "architecture": {"blocks": [[1, 4], [1, 8]], "classifier": [], "batch_norm": True, "head": "average"},
    "data": {"dataset": "fashion-mnist"},
    "training": {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "batch_size": 16, "max_steps": 10_000},
}


def specs() -> dict[str, dict[str, Any]]:
    """Both end within 30 seconds, before the service would write its first checkpoint."""
    small = copy.deepcopy(json.loads(EXAMPLE.read_text()))
    small["training"]["max_steps"] = 300
    return {"fashion-small": small, "tiny": TINY}


def measure() -> list[Figure]:
    alone: dict[str, list[float]] = {name: [] for name in specs()}
    served: dict[str, list[float]] = {name: [] for name in specs()}
    for pair in range(PAIRS):
        for turn in (_alone, _served) if pair % 2 == 0 else (_served, _alone):
            ...
    return []
