"""A job's loss and accuracy as a picture. Needs matplotlib, which the client does without otherwise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from client.errors import TrainshedError
from client.records import Point, Score
from client.terminal.words import tested
from client.whole import write

Series = NDArray[np.float64]

BLUE, INK = "#2a6fbb", "#333333"
DOTS = {"validation": "#3a9a5b", "test": "#d9822b"}
WIDEST = 201  # batches; the smoothing window is a fortieth of the run, up to this


@dataclass(frozen=True, slots=True)
class Curve:
    """Loss above accuracy, each batch light and the running mean over it, tests as dots.

    A gap is a batch whose loss was NaN. A notebook shows it as it is.
    """

    points: Sequence[Point] = field(repr=False)
    scores: Sequence[Score] = field(default=(), repr=False)
    title: str = ""

    def png(self) -> bytes:
        """Raises TrainshedError without matplotlib."""
        picture = BytesIO()
        self._figure().savefig(picture, format="png")
        return picture.getvalue()

    _repr_png_ = png  # what IPython looks for

    def save(self, path: Path) -> Path:
        """As PNG. Raises TrainshedError without matplotlib, and where it cannot write."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainshedError(f"{path}: {error.strerror}") from error
        return write(path, [self.png()])

    def _figure(self) -> Any:
        try:
            from matplotlib.figure import Figure
        except ImportError as error:
            raise TrainshedError("drawing a curve needs matplotlib: pip install matplotlib") from error
        figure = Figure(figsize=(8, 6), dpi=150, layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True)
        self._draw(above, _series([point.loss for point in self.points]), lambda score: score.loss)
        self._draw(
            below,
            100 * _series([point.accuracy for point in self.points]),
            lambda score: None if score.accuracy is None else 100 * score.accuracy,
        )
        known = [point.loss for point in self.points if point.loss is not None]
        if known:  # one wild batch must not flatten the rest
            above.set_ylim(0, 1.1 * float(np.quantile(known, 0.995)) or 1)
        below.set_ylim(top=101)
        above.set_ylabel("loss")
        below.set_ylabel("accuracy (%)")
        below.set_xlabel("step")
        above.set_title(self.title, loc="left", color=INK, fontsize=11)
        if self.scores:
            above.set_title(tested(self.scores[-1]), loc="right", color=INK, fontsize=9)
        figure.align_ylabels()
        below.legend(loc="lower right", frameon=False)
        return figure

    def _draw(self, axes: Any, values: Series, tested_as: Callable[[Score], float | None]) -> None:
        _lines(axes, np.array([point.step for point in self.points], dtype=np.int64), values)
        for split, color in DOTS.items():
            here = [score for score in self.scores if score.split == split]
            _dots(axes, here, _series([tested_as(score) for score in here]), color)


def _lines(axes: Any, steps: NDArray[np.int64], values: Series) -> None:
    window = int(np.clip(len(values) // 40, 1, WIDEST))
    axes.plot(steps, values, color=BLUE, alpha=0.25, linewidth=0.7, label="batch")
    axes.plot(steps, smooth(values, window), color=BLUE, linewidth=1.8, label=f"mean of {window} batches")
    axes.grid(visible=True, color="#e6e6e6", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)


def _dots(axes: Any, scores: Sequence[Score], values: Series, color: str) -> None:
    if scores:
        steps, label = [score.step for score in scores], scores[0].split
        axes.plot(
            steps, values, "o", color=color, markersize=6, markeredgecolor="white", label=label, zorder=3
        )


def smooth(values: Series, window: int) -> Series:
    """Centred running mean that passes over NaN and narrows at the ends."""
    if not len(values):
        return values
    known = np.isfinite(values)
    sums = np.convolve(np.where(known, values, 0.0), np.ones(window))
    counts = np.convolve(known.astype(float), np.ones(window))
    start = (window - 1) // 2
    middle = slice(start, start + len(values))
    return np.where(counts[middle] > 0.5, sums[middle] / np.maximum(counts[middle], 1), np.nan)


def _series(values: Sequence[float | None]) -> Series:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
