"""Does bf16 cost the tutorial's recipe anything? When examples/vgg11-seed.json leaves its first plateau, by seed.

A plain VGG, without normalization, stays at a loss of ln(10) = 2.30 for a hundred steps or so before it begins to
learn, and how long is a matter of chance. So each precision runs with the same seeds, which means the same weights,
batches and dropout masks, until its losses are below `LEVEL`: many seeds on images of 32 pixels, where a step costs a
ninth, and some on the recipe's own 96. Runs that are on record are not run again: the study goes on where it was
interrupted.
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
SEEDS = {32: range(20), 96: range(10)}  # by image_size
LEVEL, WINDOW = 2.0, 10  # the plateau is left when the mean of the last 10 losses is below 2
LAST_STEP = 400  # who is still on it then has not left

Run = dict[str, Any]


def measure() -> list[Figure]:
    runs = _kept()
    for image_size, seed, precision in wanted():
        if not any(_is(run, image_size, seed, precision) for run in runs):
            runs.append(_keep(_run(image_size, seed, precision)))
    return [figure for image_size in SEEDS for figure in _figures(image_size, runs)]


def wanted() -> Iterator[tuple[int, int, str]]:
    for image_size, seeds in SEEDS.items():
        for seed in seeds:
            for precision in PRECISIONS:
                yield image_size, seed, precision


def _is(run: Run, image_size: int, seed: int, precision: str) -> bool:
    return (run["image_size"], run["seed"], run["precision"]) == (image_size, seed, precision)


def _run(image_size: int, seed: int, precision: str) -> Run:
    spec = copy.deepcopy(json.loads(SPEC.read_text()))
    spec["data"]["image_size"] = image_size
    spec["training"] |= {"precision": precision, "seed": seed}
    with closing(training.stream(spec)) as batches:
        left = left_plateau(batch["loss"] for batch in islice(batches, LAST_STEP))
    return {"image_size": image_size, "seed": seed, "precision": precision, "left_plateau": left}


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


def _figures(image_size: int, runs: list[Run]) -> Iterator[Figure]:
    for precision in PRECISIONS:
        by_seed = {
            run["seed"]: run["left_plateau"]
            for run in runs
            if run["image_size"] == image_size and run["precision"] == precision
        }
        steps = [by_seed[seed] for seed in SEEDS[image_size]]
        reached = [LAST_STEP + 1 if step is None else step for step in steps]
        what = f"{precision} at {image_size} pixels, step at which the plateau is left"
        yield of(f"{what}, by seed", "", *steps)
        yield Figure(f"{what}, median", "", len(steps), [median(reached)])
        yield Figure(f"{what}, latest", "", len(steps), [None if None in steps else max(reached)])
