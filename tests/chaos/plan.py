"""What a seed fixes: the jobs, and the sequence of faults, each with its target and the pause after it.

It cannot fix how processes of a real machine take turns, so a run with the same seed meets other moments.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.chaos.kinds import KINDS

SEEDS = 2  # of each kind: jobs of the same kind and seed share a reference
LONGEST_PAUSE = 2.5  # seconds between two faults
LONGEST_STOP = 8.0  # seconds for which a process is stopped; the lease is 3


@dataclass(frozen=True, slots=True)
class Order:
    """A job to be posted."""

    number: int
    kind: str
    seed: int

    @property
    def reference(self) -> str:
        return f"{self.kind} {self.seed}"


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault to come. `target`, in [0, 1), chooses among those that could be hit at that moment."""

    fault: str
    target: float
    seconds: float  # for which something is stopped
    pause: float  # seconds before the next


def orders(count: int, seed: int) -> list[Order]:
    """Every kind once before one comes again."""
    random_ = random.Random(f"jobs {seed}")
    dealt = _dealt(dict.fromkeys(KINDS, 1), random_)
    return [Order(number, next(dealt), number // len(KINDS) % SEEDS) for number in range(count)]


def strikes(weights: Mapping[str, int], seed: int) -> Iterator[Strike]:
    """Without end. Every fault once, then each in its share."""
    random_ = random.Random(f"faults {seed}")
    for fault in _dealt(weights, random_):
        yield Strike(
            fault,
            random_.random(),
            round(random_.uniform(0.5, LONGEST_STOP), 2),
            round(random_.uniform(0.2, LONGEST_PAUSE), 2),
        )


def _dealt(weights: Mapping[str, int], random_: random.Random) -> Iterator[str]:
    deck = list(weights)
    while True:
        random_.shuffle(deck)
        yield from deck
        deck = [name for name, weight in weights.items() for _ in range(weight)]
