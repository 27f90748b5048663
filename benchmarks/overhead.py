"""What the service costs the training: the same spec by `python -m model` alone and through a worker, in turns."""

import copy
import json
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx2

from benchmarks import training
from benchmarks.record import Figure, of, percentile
from benchmarks.service import running_stack, trained

PAIRS = 5
FIRST_STEP = 50  # the batches before it warm up
PAGE = 100_000
EXAMPLE = Path(__file__).parents[1] / "examples" / "fashion-small.json"
# As many batches a second as there can be: the service has most to do, and the training least to hide it behind.
TINY: dict[str, Any] = {
    "name": "tiny",
    "architecture": {"blocks": [[1, 4], [1, 8]], "classifier": [], "batch_norm": True, "head": "average"},
    "data": {"dataset": "fashion-mnist"},
    "training": {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "batch_size": 16, "max_steps": 10_000},
}
Speeds = dict[str, list[float]]  # steps a second of every run, by name of the spec


def measure() -> list[Figure]:
    alone: Speeds = defaultdict(list)
    served: Speeds = defaultdict(list)
    for _ in range(PAIRS):
        for name, spec in specs().items():
            alone[name].append(training.speed(training.rows(spec), FIRST_STEP))
        with tempfile.TemporaryDirectory() as home, running_stack(Path(home)) as http:
            for name, spec in specs().items():
                served[name].append(training.speed(_through(http, spec), FIRST_STEP))
    return [figure for name in specs() for figure in _compared(name, alone[name], served[name])]


def specs() -> dict[str, dict[str, Any]]:
    """Both end before the service would write its first checkpoint, 30 seconds into a run."""
    small = copy.deepcopy(json.loads(EXAMPLE.read_text()))
    small["training"]["max_steps"] = 300
    return {"fashion-small": small, "tiny": TINY}


def _through(http: httpx2.Client, spec: dict[str, Any]) -> list[training.Row]:
    job_id = trained(http, spec)
    points: list[training.Row] = http.get(f"/jobs/{job_id}/metrics", params={"limit": PAGE}).json()["points"]
    assert len(points) == spec["training"]["max_steps"]
    return points


def _compared(name: str, alone: list[float], served: list[float]) -> list[Figure]:
    differences = [(b / a - 1) * 100 for a, b in zip(alone, served, strict=True)]
    return [
        percentile(f"{name}, alone, median", "steps/s", alone),
        percentile(f"{name}, through a worker, median", "steps/s", served),
        of(f"{name}, difference of each pair", "%", *differences),
        percentile(f"{name}, difference, median of the pairs", "%", differences),
    ]
