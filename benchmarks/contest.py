"""Contenders in turns, A B C A B C ...: each turn is a process of its own that prints a row a batch."""

import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from statistics import fmean

from benchmarks import training
from benchmarks.contender import Contender
from benchmarks.record import Figure, percentile


@dataclass(frozen=True, slots=True)
class Course:
    """What every turn has to do. The first `warm_up` steps are not timed."""

    rounds: int
    warm_up: int
    timed: int
    batch_size: int


@dataclass(frozen=True, slots=True)
class Turn:
    images_per_second: float
    peak_bytes: int | None  # None where the system does not tell


Turns = Mapping[Contender, Sequence[Turn]]  # one a round


def held(contenders: Sequence[Contender], course: Course) -> Turns:
    """Says on standard error whose turn it is, and how long all still takes."""
    turns: dict[Contender, list[Turn]] = defaultdict(list)
    seconds: dict[Contender, list[float]] = defaultdict(list)
    order = [(number, contender) for number in range(1, course.rounds + 1) for contender in contenders]
    for done, (number, contender) in enumerate(order):
        left = remaining(seconds, [later for _, later in order[done:]])
        print(f"round {number} of {course.rounds}, ETA {left}: {contender}", file=sys.stderr, flush=True)
        started = time.monotonic()
        turns[contender].append(_turn(contender, course))
        seconds[contender].append(time.monotonic() - started)
    return turns


def remaining(seconds: Mapping[Contender, Sequence[float]], order: Sequence[Contender]) -> str:
    """Who had no turn yet will take as long as the others on average; `?` before anybody had one."""
    if not seconds:
        return "?"
    means = {contender: fmean(taken) for contender, taken in seconds.items()}
    average = fmean(means.values())
    return str(timedelta(seconds=round(sum(means.get(contender, average) for contender in order))))


def _turn(contender: Contender, course: Course) -> Turn:
    steps = course.warm_up + course.timed
    with (
        tempfile.TemporaryFile("w+") as log,
        training.started(contender.command, contender.environment, log) as process,
    ):
        rows = list(islice(training.batches(process), steps))
        if len(rows) < steps:
            log.seek(0)
            raise RuntimeError(f"{contender} ended after {len(rows)} batches:\n{log.read()}")
        peak = peak_memory(process.pid)
    return Turn(training.speed(rows, course.warm_up) * course.batch_size, peak)


def peak_memory(process: int) -> int | None:
    """The most bytes that a running process ever held in memory. Linux alone tells."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return None
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else None


def speed(contender: Contender, turns: Turns) -> Figure:
    what = f"{contender}: median of the rounds"
    return percentile(what, "images/s", _speeds(turns[contender]), versions=contender.versions)


def ratio(ours: Contender, peer: Contender, turns: Turns) -> Figure:
    """Median over the rounds of the two speeds of one round: what disturbs a whole round disturbs both."""
    pairs = zip(_speeds(turns[ours]), _speeds(turns[peer]), strict=True)
    what = f"{ours} / {peer}: median of the rounds' ratios"
    return percentile(what, "", [mine / theirs for mine, theirs in pairs], versions=peer.versions)


def _speeds(turns: Sequence[Turn]) -> list[float]:
    return [turn.images_per_second for turn in turns]
