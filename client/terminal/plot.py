"""One curve on a canvas."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from rich.style import Style

from client.terminal.canvas import Canvas
from client.terminal.trace import Bin

Scale = tuple[float, float]
MARK = "◆"
MARK_COLORS = {"validation": "magenta", "test": "yellow"}


class Plot:
    """Bins on a canvas, between the least and the largest value of `scale`."""

    def __init__(self, bins: Sequence[Bin], scale: Scale, width: int, height: int) -> None:
        self.canvas = Canvas(width, height)
        self._scale, self._right, self._bottom = scale, 2 * width - 1, 4 * height - 1
        self._first, self._last = (bins[0].step, bins[-1].step) if bins else (0, 1)
        self._columns: dict[int, Bin] = {}
        for each in bins:
            column = self._columns.setdefault(self._x(each.step), Bin(each.step))
            column.add(each)

    def spread(self, style: Style) -> None:
        """From the least to the largest batch of each column."""
        for x, column in self._columns.items():
            top, bottom = self._y(column.high), self._y(column.low)
            self.canvas.dots(((x, y) for y in range(top, bottom + 1)), style)

    def line(self, style: Style) -> None:
        """Through the columns' means."""
        places = [(x, self._y(column.mean)) for x, column in self._columns.items()]
        self.canvas.dots(places[:1], style)
        for (x, y), (to_x, to_y) in pairwise(places):
            length = max(to_x - x, abs(to_y - y))
            along = (
                (round(x + (to_x - x) * part / length), round(y + (to_y - y) * part / length))
                for part in range(length + 1)
            )
            self.canvas.dots(along, style)

    def tests(self, tests: Iterable[tuple[int, str, float]]) -> None:
        for step, split, value in tests:
            self.canvas.mark(self._x(step), self._y(value), MARK, mark_style(split))

    def _x(self, step: int) -> int:
        share = (step - self._first) / max(self._last - self._first, 1)
        return round(min(max(share, 0), 1) * self._right)

    def _y(self, value: float) -> int:
        low, high = self._scale
        return round((1 - min(max((value - low) / (high - low), 0), 1)) * self._bottom)


def mark_style(split: str) -> Style:
    return Style(color=MARK_COLORS.get(split))
