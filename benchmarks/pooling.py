"""What pooling in C gains: specs with `model/network/pooling.c` and, as without a compiler, by torch, in turns."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks import contest
from benchmarks.contender import ours
from benchmarks.contest import Course
from benchmarks.record import Figure

EXAMPLES = Path(__file__).parents[1] / "examples"
PRECISION = "bf16"
# Rounds, warm-up and timed steps.
COURSES = {"vgg11-seed": (3, 2, 6), "fashion-small": (3, 20, 200)}


def measure() -> list[Figure]:
    return [figure for name, course in COURSES.items() for figure in _of(name, *course)]


def _of(name: str, rounds: int, warm_up: int, timed: int) -> Iterator[Figure]:
    spec = json.loads((EXAMPLES / f"{name}.json").read_text())
    course = Course(rounds, warm_up, timed, spec["training"]["batch_size"])
    with tempfile.TemporaryDirectory() as folder:
        engine = ours(spec, PRECISION, Path(folder))
        in_c = replace(engine, name=f"{name}, pooling in C")
        by_torch = replace(
            engine, name=f"{name}, pooling by torch", environment={**engine.environment, "CC": "none"}
        )
        turns = contest.held([in_c, by_torch], course)
        yield contest.speed(in_c, turns)
        yield contest.speed(by_torch, turns)
        yield contest.ratio(in_c, by_torch, turns)
