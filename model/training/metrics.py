"""What training says: a `BatchMetrics` for every batch, an `Evaluation` now and then; and the packed record.

A series is records of `RECORD`, 24 bytes each, one for every step from 1 without a gap: a record's place is its
step, so that writing it twice changes nothing and any range is one slice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

RECORD = np.dtype(
    [
        ("loss", "<f4"),
        ("accuracy", "<f4"),
        ("learning_rate", "<f4"),
        ("images_per_second", "<f4"),
        ("time", "<f8"),
    ]
)
Records = NDArray[np.void]
AVERAGED = {"mean_loss": "loss", "mean_accuracy": "accuracy"}
NOTHING: Mapping[str, NDArray[np.float64]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class BatchMetrics:
    """One training step. `step` counts from 1, `epoch` is steps over steps an epoch, `time` is Unix seconds."""

    step: int
    epoch: float
    loss: float  # mean over the batch, of the network in training mode, before the step's update
    accuracy: (
        float  # share of the batch; of a blend's two labels the one with the larger share is the right one
    )
    learning_rate: float
    images_per_second: float
    time: float

    def pack(self) -> bytes:
        fields = (self.loss, self.accuracy, self.learning_rate, self.images_per_second, self.time)
        return np.array(fields, RECORD).tobytes()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Mean loss and accuracy over a whole split, by the network in evaluation mode, after `step` steps."""

    step: int
    split: str
    images: int
    loss: float
    accuracy: float
    seconds: float


def unpack(packed: bytes) -> Records:
    return np.frombuffer(packed, RECORD)


def points(
    records: Records,
    steps: NDArray[np.int64],
    steps_per_epoch: float,
    beside: Mapping[str, NDArray[np.float64]] = NOTHING,
) -> list[dict[str, Any]]:
    """Records as JSON objects, in the seven significant digits that an fp32 holds; NaN and Infinity are null.

    `beside` are more columns, each as long.
    """
    values = {name: records[name].astype(np.float64) for name in RECORD.names or ()} | dict(beside)
    columns = {name: _rounded(column, 13 if name == "time" else 7) for name, column in values.items()}
    epochs = np.round(steps / steps_per_epoch, 5).tolist()
    rows = zip(steps.tolist(), epochs, *columns.values(), strict=True)
    return [dict(zip(("step", "epoch", *columns), row, strict=True)) for row in rows]


def _rounded(column: NDArray[np.float64], digits: int) -> list[float | None]:
    """To significant digits, a column at a time: formatting number by number takes ten times as long."""
    finite = np.isfinite(column)
    values = np.where(finite, column, 0.0)
    magnitude = np.floor(np.log10(np.abs(values), out=np.zeros_like(values), where=values != 0))
    scale = 10.0 ** (digits - 1 - magnitude)
    rounded: list[float | None] = (np.round(values * scale) / scale).tolist()
    for index in np.flatnonzero(~finite).tolist():
        rounded[index] = None
    return rounded


def thin(records: Records, max_points: int) -> NDArray[np.int64]:
    """Indices of at most `max_points` records that keep the shape: every bucket's extremes, and both ends.

    Of each bucket the lowest and highest loss and accuracy stay (min-max decimation), so no peak is lost.
    """
    if len(records) <= max_points:
        return np.arange(len(records))
    buckets = max(1, (max_points - 2) // 4)
    width = -(-len(records) // buckets)
    starts = np.arange(0, len(records), width)
    kept = [np.array([0, len(records) - 1])]
    for name in ("loss", "accuracy"):
        column = np.full(starts.size * width, records[name][-1], np.float32)
        column[: len(records)] = records[name]
        column[np.isnan(column)] = np.inf
        grid = column.reshape(starts.size, width)
        kept += [starts + grid.argmin(axis=1), starts + grid.argmax(axis=1)]
    return np.unique(np.minimum(np.concatenate(kept), len(records) - 1))


def means(records: Records, kept: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """For each record that `thin` kept, the mean of those after the one kept before it, up to itself.

    The extremes alone would mislead whoever smooths a thinned series: half way between two of them is not the mean.
    """
    if not kept.size:
        return {name: np.empty(0) for name in AVERAGED}
    starts, counts = np.concatenate([[0], kept[:-1] + 1]), np.diff(kept, prepend=-1)
    return {
        name: np.add.reduceat(records[column], starts, dtype=np.float64) / counts
        for name, column in AVERAGED.items()
    }
