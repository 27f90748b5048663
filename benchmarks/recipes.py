"""What the named recipes reach, and how soon: each trained by `python -m model` from start to end, with several seeds.

The seconds are those of the whole process: importing torch, training, and the evaluation on the 10,000 test images.
Runs that are on record are not run again: take their lines out of recipes.jsonl to measure anew.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import study
from benchmarks.record import Figure, of
from benchmarks.service import datasets
from model import launch

EXAMPLES = Path(__file__).parents[1] / "examples"
RUNS = Path(__file__).with_name("recipes.jsonl")
SEEDS = {"fashion-fast": range(5), "fashion-best": range(1)}


def measure() -> list[Figure]:
    asked = [{"recipe": name, "seed": seed} for name, seeds in SEEDS.items() for seed in seeds]
    runs = study.runs(RUNS, asked, _run)
    return [figure for name in SEEDS for figure in _figures(name, runs)]


def _run(recipe: str, seed: int) -> dict[str, Any]:
    spec = json.loads((EXAMPLES / f"{recipe}.json").read_text())
    spec["training"]["seed"] = seed
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spec.json"
        path.write_text(json.dumps(spec))
        command = [sys.executable, "-m", "model", str(path), "--json", "--datasets", str(datasets())]
        started = time.monotonic()
        done = subprocess.run(command, env=launch.environment(), capture_output=True, text=True, check=True)
        seconds = time.monotonic() - started
    report = next(row for row in map(json.loads, done.stdout.splitlines()) if row["kind"] == "report")
    return {"accuracy": report["accuracy"], "seconds": seconds}


def _figures(name: str, runs: list[study.Run]) -> Iterator[Figure]:
    accuracies, seconds = (
        [run[what] for run in runs if run["recipe"] == name] for what in ("accuracy", "seconds")
    )
    percent = [accuracy * 100 for accuracy in accuracies]
    yield of(f"{name}, test accuracy by seed", "%", *percent)
    yield Figure(f"{name}, test accuracy, median", "%", len(percent), [median(percent)])
    yield Figure(f"{name}, seconds from start to end, median", "s", len(seconds), [median(seconds)])
