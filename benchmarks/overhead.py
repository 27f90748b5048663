"""What the service costs the training: the same spec by `python -m model` alone and through a worker, in turns.

Alone nothing is kept; through a worker there are leases, metrics and checkpoints. What a checkpoint takes is measured
by itself as well, since a run of two minutes has few.
"""

import json
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from benchmarks import training
from benchmarks.record import Figure, of, percentile
from benchmarks.service import POLL_SECONDS, datasets, running_stack
from model.data.catalog import facts_of
from model.data.datasets import load
from model.runs.folder import RunFolder
from model.runs.pace import SECONDS, SHARE
from model.spec import JobSpec
from model.training.train import Trainer

PAIRS = 3
SAVES = 5
EXAMPLES = Path(__file__).parents[1] / "examples"
# As many batches a second as there can be: the service has most to do, and the training least to hide it behind.
TINY: dict[str, Any] = {
    "name": "tiny",
    "architecture": {"blocks": [[1, 4], [1, 8]], "classifier": [], "batch_norm": True, "head": "average"},
    "data": {"dataset": "fashion-mnist"},
    "training": {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "batch_size": 16, "max_steps": 10_000},
}


@dataclass(frozen=True)
class Workload:
    name: str
    spec: dict[str, Any]
    first_step: int  # the batches before it warm up
    last_step: int  # after which the run is stopped: the test at its end is nobody's question here

    @property
    def is_whole(self) -> bool:
        """Then nobody has to read along, which costs as much as a batch of the smallest network."""
        return bool(self.last_step == self.spec["training"]["max_steps"])


def measure() -> list[Figure]:
    alone: defaultdict[str, list[float]] = defaultdict(list)  # steps a second of every run, by workload
    served: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(PAIRS):
        for work in workloads():
            rows = training.rows(work.spec, None if work.is_whole else work.last_step)
            alone[work.name].append(training.speed(rows, work.first_step))
        with tempfile.TemporaryDirectory() as home, running_stack(Path(home)) as http:
            for work in workloads():
                served[work.name].append(training.speed(_through(http, work), work.first_step))
    compared = [
        figure for work in workloads() for figure in _compared(work.name, alone[work.name], served[work.name])
    ]
    return [*compared, *_checkpoints()]


def workloads() -> list[Workload]:
    seed, small = (
        json.loads((EXAMPLES / f"{name}.json").read_text()) for name in ("vgg11-seed", "fashion-small")
    )
    return [
        Workload("vgg11-seed", seed, 5, 60),
        Workload("fashion-small", small, 50, 300),
        Workload("tiny", TINY, 50, 10_000),
    ]


def _through(http: httpx2.Client, work: Workload) -> list[training.Row]:
    answer = http.post("/jobs", json=work.spec)
    answer.raise_for_status()
    path = f"/jobs/{answer.json()['id']}"
    while (job := http.get(path).json())["progress"]["step"] < work.last_step:
        assert job["state"] in ("queued", "running"), job
        time.sleep(POLL_SECONDS)
    http.post(f"{path}/cancel")  # refused where the job has ended meanwhile
    while http.get(path).json()["state"] == "cancelling":
        time.sleep(POLL_SECONDS)
    points: list[training.Row] = http.get(f"{path}/metrics", params={"limit": work.last_step}).json()[
        "points"
    ]
    return points


def _compared(name: str, alone: list[float], served: list[float]) -> list[Figure]:
    differences = [(b / a - 1) * 100 for a, b in zip(alone, served, strict=True)]
    return [
        percentile(f"{name}, alone, median", "steps/s", alone),
        percentile(f"{name}, through a worker, median", "steps/s", served),
        of(f"{name}, difference of each pair", "%", *differences),
        percentile(f"{name}, difference, median of the pairs", "%", differences),
    ]


def _checkpoints() -> list[Figure]:
    """Of the tutorial's network: how long training waits for one, and their share of its time at the default pace."""
    spec = JobSpec.model_validate_json((EXAMPLES / "vgg11-seed.json").read_text())
    trainer = Trainer(spec, load(facts_of(spec.data, datasets()), datasets()))
    seconds = []
    with tempfile.TemporaryDirectory() as home:
        folder = RunFolder(Path(home), (), spec)
        for _ in range(SAVES):
            started = time.monotonic()
            manifest = folder.save(trainer.state_dict())
            seconds.append(time.monotonic() - started)
    shares = [100 * each / (each + max(SECONDS, SHARE * each)) for each in seconds]
    return [
        of("checkpoint of vgg11-seed, bytes", "MB", manifest.bytes / 1e6),
        percentile("checkpoint of vgg11-seed, median", "s", seconds),
        percentile("share of the training's time, median", "%", shares),
    ]
