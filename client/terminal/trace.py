"""A series as long as a job, kept short enough to be drawn."""

from collections.abc import Iterable
from dataclasses import dataclass

MOST = 1024  # bins: more than any terminal has dots in a row


@dataclass(slots=True)
class Bin:
    """Batches that follow one another, from `step` on; `known` of `batches` had a value."""

    step: int
    batches: int = 0
    known: int = 0
    total: float = 0.0
    low: float = float("inf")
    high: float = float("-inf")

    @property
    def mean(self) -> float:
        return self.total / self.known

    def add(self, other: "Bin") -> None:
        self.batches += other.batches
        self.known += other.known
        self.total += other.total
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)


class Trace:
    """At most MOST bins of as many batches each, so that a million batches cost as much as a thousand."""

    def __init__(self) -> None:
        self._bins: list[Bin] = []
        self._batches = 1  # a bin

    def add(self, step: int, value: float | None) -> None:
        """None, a loss that was NaN, leaves a gap."""
        new = Bin(step, 1) if value is None else Bin(step, 1, 1, value, value, value)
        if self._bins and self._bins[-1].batches < self._batches:
            self._bins[-1].add(new)
            return
        if len(self._bins) == MOST:
            self._halve()
        self._bins.append(new)

    def bins(self) -> list[Bin]:
        """In order of step, without those of which nothing is known."""
        return [each for each in self._bins if each.known]

    def _halve(self) -> None:
        for first, second in zip(self._bins[::2], self._bins[1::2], strict=True):
            first.add(second)
        self._bins, self._batches = self._bins[::2], 2 * self._batches


def quantile(values: Iterable[float], share: float) -> float:
    """The one below which `share` of the values lie; there must be some."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
