"""The tutorial's job, examples/vgg11-seed.json, over its first 200 steps, beside the log that the tutorial prints.

The log shows its batches 0 to 15 and 166 to 186. It counts from 0 where we count from 1.
"""

import json
from pathlib import Path
from statistics import fmean

from benchmarks import training
from benchmarks.record import Figure, of

SPEC = Path(__file__).parents[1] / "examples" / "vgg11-seed.json"
SEEDS = (0, 1, 2)
STEPS = 200
WINDOW = 10  # losses that one mean is of
LEVELS = (1.5, 1.25)
LOG_START = """
    2.302390 2.301980 2.303169 2.302202 2.301865 2.302718 2.300086 2.297577
    2.303069 2.304276 2.306055 2.295269 2.298706 2.301336 2.298002 2.297425
"""
LOG_END = """
    1.251129 1.287834 0.928725 0.983610 1.074163 1.043530 1.174133
    0.794117 1.143815 1.761341 1.727128 1.318952 1.116539 1.156007
    1.084418 1.024498 1.299186 1.313792 1.024073 1.170929 1.101246
"""
LOG_END_STEP = 167  # ours, of the first of these


def measure() -> list[Figure]:
    runs = [losses(seed) for seed in SEEDS]
    log_start, log_end = ([float(loss) for loss in log.split()] for log in (LOG_START, LOG_END))
    early, late = len(log_start), slice(LOG_END_STEP - 1, LOG_END_STEP - 1 + len(log_end))
    ours = f"seeds {', '.join(map(str, SEEDS))}"
    return [
        of("loss of step 1, the tutorial", "", log_start[0]),
        of(f"loss of step 1, {ours}", "", *(run[0] for run in runs)),
        of(f"mean loss of steps 1-{early}, the tutorial", "", fmean(log_start)),
        of(f"mean loss of steps 1-{early}, {ours}", "", *(fmean(run[:early]) for run in runs)),
        of(f"mean loss of steps 1-20, {ours}", "", *(fmean(run[:20]) for run in runs)),
        *(
            of(
                f"first step whose last {WINDOW} losses average below {level}, {ours}",
                "",
                *(below(run, level) for run in runs),
            )
            for level in LEVELS
        ),
        of(f"mean loss of steps {late.start + 1}-{late.stop}, the tutorial", "", fmean(log_end)),
        of(
            f"mean loss of steps {late.start + 1}-{late.stop}, {ours}",
            "",
            *(fmean(run[late]) for run in runs),
        ),
        of(f"mean loss of steps 191-200, {ours}", "", *(fmean(run[190:200]) for run in runs)),
    ]


def losses(seed: int) -> list[float]:
    """Of steps 1 to `STEPS`."""
    spec = json.loads(SPEC.read_text())
    spec["training"] |= {"seed": seed, "precision": "fp32"}  # as the tutorial's
    return [row["loss"] for row in training.rows(spec, STEPS)]


def below(losses: list[float], level: float) -> int | None:
    """The step at which the mean of the last `WINDOW` losses is below `level` for the first time."""
    steps = range(WINDOW, len(losses) + 1)
    return next((step for step in steps if fmean(losses[step - WINDOW : step]) < level), None)
