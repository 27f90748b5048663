"""What the wait of torch's threads costs: libgomp's own spinning against ours, alone and with a core taken."""

import copy
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import training
from benchmarks.record import Figure, percentile
from model import launch

ROUNDS = 3
FIRST_STEP, STEPS, SHARED_STEPS = 20, 200, 60  # fewer where libgomp's own way takes a second a step
EXAMPLE = Path(__file__).parents[1] / "examples" / "fashion-small.json"


def measure() -> list[Figure]:
    ours = launch.environment()
    theirs = {name: value for name, value in ours.items() if name not in launch.THREADS}
    ways = {"GOMP_SPINCOUNT=1000": ours, "libgomp's default": theirs}
    alone: dict[str, list[float]] = defaultdict(list)
    shared: dict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        for name, environment in ways.items():
            alone[name].append(_images_per_second(STEPS, environment))
            with a_busy_process():
                shared[name].append(_images_per_second(SHARED_STEPS, environment))
    return [
        percentile(f"{name}, {where}, median", "images/s", speeds[name])
        for where, speeds in (("alone", alone), ("beside a process that takes one core", shared))
        for name in ways
    ]


def _images_per_second(steps: int, environment: Mapping[str, str]) -> float:
    spec: dict[str, Any] = copy.deepcopy(json.loads(EXAMPLE.read_text()))
    spec["training"]["max_steps"] = 10_000
    rows = training.rows(spec, steps, environment)
    return training.speed(rows, FIRST_STEP) * float(spec["training"]["batch_size"])


@contextmanager
def a_busy_process() -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            yield
        finally:
            busy.kill()
