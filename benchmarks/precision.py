"""Does bf16 cost the tutorial's recipe anything? When examples/vgg11-seed.json leaves its first plateau, by seed.

A plain VGG, without normalization, stays at a loss of ln(10) = 2.30 for a hundred steps or so before it begins to
learn, and how long is a matter of chance. So each precision runs with the same seeds, which means the same weights,
batches and dropout masks, until its losses are below `LEVEL`. Images are of 32 pixels, where a step costs a ninth of
what it does at the recipe's own 96, so that many seeds can be had. Runs that are on record are not run again: the
study goes on where it was interrupted.
"""

import copy
import json
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from random import Random
from statistics import fmean, median
from typing import Any

from benchmarks import study, training
from benchmarks.record import Figure, of

SPEC = Path(__file__).parents[1] / "examples" / "vgg11-seed.json"
RUNS = Path(__file__).with_name("precision.jsonl")
PRECISIONS = ("fp32", "bf16")
SEEDS = {32: range(10)}  # by image_size
LEVEL, WINDOW = 2.0, 10  # the plateau is left when the mean of the last 10 losses is below 2
LAST_STEP = 400  # who is still on it then has not left
SHUFFLES = 10_000


def measure() -> list[Figure]:
    asked = [
        {"image_size": image_size, "seed": seed, "precision": precision}
        for image_size, seeds in SEEDS.items()
        for seed in seeds
        for precision in PRECISIONS
    ]
    runs = study.runs(RUNS, asked, _run)
    return [figure for image_size in SEEDS for figure in _figures(image_size, runs)]


def _run(image_size: int, seed: int, precision: str) -> dict[str, Any]:
    spec = copy.deepcopy(json.loads(SPEC.read_text()))
    spec["data"]["image_size"] = image_size
    spec["training"] |= {"precision": precision, "seed": seed}
    with closing(training.stream(spec)) as batches:
        return {"left_plateau": left_plateau(batch["loss"] for batch in islice(batches, LAST_STEP))}


def left_plateau(losses: Iterator[float]) -> int | None:
    """The first step, from 1, at which the mean of the last `WINDOW` losses is below `LEVEL`; None for never."""
    last: deque[float] = deque(maxlen=WINDOW)
    for step, loss in enumerate(losses, start=1):
        last.append(loss)
        if step >= WINDOW and fmean(last) < LEVEL:
            return step
    return None


def _figures(image_size: int, runs: list[study.Run]) -> Iterator[Figure]:
    reached: dict[str, list[int]] = {}
    for precision in PRECISIONS:
        steps = [
            run["left_plateau"]
            for run in runs
            if (run["image_size"], run["precision"]) == (image_size, precision)
        ]
        reached[precision] = [LAST_STEP + 1 if step is None else step for step in steps]
        what = f"{precision} at {image_size} pixels, step at which the plateau is left"
        yield of(f"{what}, by seed", "", *steps)
        yield Figure(f"{what}, median", "", len(steps), [median(reached[precision])])
        yield Figure(f"{what}, latest", "", len(steps), [None if None in steps else max(reached[precision])])
    later = chance_of_later(reached["bf16"], reached["fp32"])
    what = f"chance that seeds alone make bf16 this late against fp32, at {image_size} pixels"
    yield Figure(what, "", len(reached["bf16"]), [later])


def chance_of_later(these: Sequence[float], those: Sequence[float]) -> float:
    """One-sided p of the rank-sum test (Mann and Whitney 1947), by `SHUFFLES` random exchanges of the two groups.

    Small: `these` are later than chance explains. Of equal values each has the mean of their ranks.
    """
    values = [*these, *those]
    ranks = [
        sum(other < value for other in values) + sum(other == value for other in values) / 2
        for value in values
    ]
    observed, random = sum(ranks[: len(these)]), Random(0)
    as_late = sum(sum(random.sample(ranks, len(these))) >= observed for _ in range(SHUFFLES))
    return as_late / SHUFFLES
