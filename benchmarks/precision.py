"""Does bf16 cost the tutorial's recipe anything? When examples/vgg11-seed.json leaves its first plateau, by seed.

A plain VGG, without normalization, stays at a loss of ln(10) = 2.30 for a hundred steps or so before it begins to
learn, and how long is a matter of chance. So each precision runs with the same seeds, which means the same weights,
batches and dropout masks, until its losses are below `LEVEL`. Runs that are on record are not run again: the study
goes on where it was interrupted.
"""

import copy
import json
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from statistics import fmean, median
from typing import Any

from benchmarks import training
from benchmarks.record import Figure, of

SPEC = Path(__file__).parents[1] / "examples" / "vgg11-seed.json"
RUNS = Path(__file__).with_name("precision.jsonl")
PRECISIONS = ("fp32", "bf16")
SEEDS = range(10)
LEVEL, WINDOW = 2.0, 10  # the plateau is left when the mean of the last 10 losses is below 2
LAST_STEP = 400  # who is still on it then has not left

Run = dict[str, Any]


def measure() -> list[Figure]:
    runs = _kept()
    for seed in SEEDS:
        for precision in PRECISIONS:
            if not any(run["seed"] == seed and run["precision"] == precision for run in runs):
                runs.append(_keep(_run(precision, seed)))
    return list(_figures([run for run in runs if run["seed"] in SEEDS]))


def _run(precision: str, seed: int) -> Run:
    spec = copy.deepcopy(json.loads(SPEC.read_text()))
    spec["training"] |= {"precision": precision, "seed": seed}
    with closing(training.stream(spec)) as batches:
        left = left_plateau(batch["loss"] for batch in islice(batches, LAST_STEP))
    return {"precision": precision, "seed": seed, "left_plateau": left}


def left_plateau(losses: Iterator[float]) -> int | None:
    """The first step, from 1, at which the mean of the last `WINDOW` losses is below `LEVEL`; None for never."""
    last: deque[float] = deque(maxlen=WINDOW)
    for step, loss in enumerate(losses, start=1):
        last.append(loss)
        if step >= WINDOW and fmean(last) < LEVEL:
            return step
    return None


def _kept() -> list[Run]:
    return [json.loads(line) for line in RUNS.read_text().splitlines()] if RUNS.exists() else []


def _keep(run: Run) -> Run:
    with RUNS.open("a") as file:
        file.write(json.dumps(run) + "\n")
    return run


def _figures(runs: list[Run]) -> Iterator[Figure]:
    steps = {
        precision: {run["seed"]: run["left_plateau"] for run in runs if run["precision"] == precision}
        for precision in PRECISIONS
    }
    for precision, by_seed in steps.items():
        ordered = [by_seed[seed] for seed in SEEDS]
        reached = [LAST_STEP if step is None else step for step in ordered]
        yield of(f"{precision}: step at which the plateau is left, by seed", "", *ordered)
        yield Figure(f"{precision}: median", "", len(reached), [median(reached)])
        yield Figure(f"{precision}: latest", "", len(reached), [None if None in ordered else max(reached)])
