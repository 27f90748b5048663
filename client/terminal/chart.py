"""Loss and accuracy of a job as two curves of braille dots, and its tests as marks among them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from rich.console import Console, Group, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from client.records.batch import Point
from client.records.score import Score
from client.terminal import figures
from client.terminal.plot import MARK, Plot, Scale, mark_style
from client.terminal.trace import Trace, quantile

NARROWEST, LOWEST, HIGHEST = 24, 3, 10  # characters of a curve
AROUND = 2  # lines of a curve that are no dots: its title and its steps
BESIDE = 84  # characters of a terminal from which on the curves stand side by side
TALLEST = 0.95  # share of a loss's means that must be in sight: the first batches would flatten the rest


def _loss_scale(means: Sequence[float]) -> Scale:
    return 0.0, 1.1 * quantile(means, TALLEST) or 1.0


def _accuracy_scale(means: Sequence[float]) -> Scale:
    """From a tenth below the worst but few, to all."""
    return max(0.0, int(10 * quantile(means, 1 - TALLEST) - 0.5) / 10), 1.0


@dataclass
class Curve:
    """One measure: what of a batch or a test it is, how it is written, scaled and coloured."""

    name: str
    color: str
    written: Callable[[float | None], str]
    scale: Callable[[Sequence[float]], Scale]
    trace: Trace = field(default_factory=Trace)
    tests: list[tuple[int, str, float]] = field(default_factory=list)
    newest: float | None = None
    steps: tuple[int, int] | None = None  # the first and the last

    def add(self, points: Iterable[Point]) -> None:
        for point in points:
            self.newest = getattr(point, self.name)
            self.trace.add(point.step, self.newest)
            self.steps = (self.steps[0] if self.steps else point.step, point.step)

    def test(self, score: Score) -> None:
        value = getattr(score, self.name)
        if value is not None:
            self.tests.append((score.step, score.split, value))

    def drawn(self, width: int, height: int, colored: bool) -> RenderableType:
        """`width` x `height` characters of dots, and their title, scale and steps around them."""
        bins = self.trace.bins()
        low, high = self.scale([each.mean for each in bins]) if bins else (0.0, 1.0)
        labels = [self.written(high), *[""] * (height - 2), self.written(low)]
        margin = max(map(len, labels)) + 1
        plot = Plot(bins, (low, high), width - margin - 1, height)
        if colored:  # without colours it would hide the line
            plot.spread(Style(color=self.color, dim=True))
        plot.line(Style(color=self.color))
        plot.tests(self.tests)
        rows = [
            Text(no_wrap=True).append(f"{label:>{margin - 1}} ┤", "dim").append_text(row)
            for label, row in zip(labels, plot.canvas.rows(), strict=True)
        ]
        return Group(self._title(), *rows, self._steps(margin + 1, width))

    def _title(self) -> Text:
        title = Text(no_wrap=True).append(f"{self.name} {self.written(self.newest)}", Style(color=self.color))
        for _, split, value in self.tests[-1:]:
            title.append(" · ").append(MARK, mark_style(split)).append(f" {split} {self.written(value)}")
        return title

    def _steps(self, margin: int, width: int) -> Text:
        first, last = map(figures.count, self.steps or (None, None))
        between = max(width - margin - len(first), 0)
        return Text(f"{' ' * margin}{first}{last:>{between}}", "dim", no_wrap=True)


class Chart:
    """Both curves, in the size that a terminal has for them."""

    def __init__(self) -> None:
        self.loss = Curve("loss", "cyan", figures.loss, _loss_scale)
        self.accuracy = Curve("accuracy", "green", figures.percent, _accuracy_scale)

    def add(self, points: Sequence[Point]) -> None:
        for curve in (self.loss, self.accuracy):
            curve.add(points)

    def test(self, score: Score) -> None:
        for curve in (self.loss, self.accuracy):
            curve.test(score)

    def fitted(self, console: Console, taken: int) -> RenderableType | None:
        """With `taken` lines left for something else. None where there is no room, no braille, or no batch yet."""
        if console.options.ascii_only or not self.loss.trace.bins():
            return None
        beside = console.width >= BESIDE
        width = (console.width - 2) // 2 if beside else console.width
        height = min((console.height - taken) // (1 if beside else 2) - AROUND, HIGHEST)
        if width < NARROWEST or height < LOWEST:
            return None
        colored = console.color_system is not None and not console.no_color
        curves = [curve.drawn(width, height, colored) for curve in (self.loss, self.accuracy)]
        if not beside:
            return Group(*curves)
        row = Table.grid(padding=(0, 2, 0, 0))
        row.add_row(*curves)
        return row
