"""The axis of a chart: where a value lies on it, and the round numbers that are written beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Self

TICKS = 5  # at most, about: so many numbers stand beside one another on a phone
LOGARITHMIC_FROM = 30.0  # largest over smallest value: a linear axis would show only the largest


@dataclass(frozen=True, slots=True)
class Axis:
    low: float
    high: float
    is_logarithmic: bool = False

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """From 0, or logarithmic where they differ by much."""
        found = list(values) or [1.0]
        low, high = min(found), max(found)
        if low > 0 and high / low >= LOGARITHMIC_FROM:
            return cls(low, high, is_logarithmic=True)
        return cls(min(0.0, low), high if high > min(0.0, low) else 1.0)

    def share(self, value: float) -> float:
        """Of the way from its low to its high end."""
        if self.is_logarithmic:
            low, high = log10(self.low), log10(self.high)  # of a quotient it could be infinite
            return (log10(value) - low) / (high - low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        return self._decades() if self.is_logarithmic else self._rounds()

    def _rounds(self) -> list[float]:
        """Multiples of 1, 2 or 5 times a power of ten."""
        rough = (self.high - self.low) / TICKS
        power = 10.0 ** floor(log10(rough))
        apart = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= rough)
        numbers = range(ceil(self.low / apart), floor(self.high / apart + 1e-9) + 1)
        return [float(f"{number * apart:.12g}") for number in numbers]

    def _decades(self) -> list[float]:
        first, last = floor(log10(self.low)), floor(log10(self.high))
        factors = (1, 2, 5) if last - first < 3 else (1,)
        every = 1 + (last - first) // TICKS
        found = [factor * 10.0**power for power in range(first, last + 1, every) for factor in factors]
        return [value for value in found if self.low <= value <= self.high]
