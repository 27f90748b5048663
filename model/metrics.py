"""What training says: a `BatchMetrics` for every batch, an `Evaluation` now and then; and the packed record.

A series is records of `RECORD`, 24 bytes each, one for every step from 1 without a gap: a record's place is its
step, so that writing it twice changes nothing and any range is one slice.
"""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class BatchMetrics:
    """One training step. `step` counts from 1, `epoch` is steps over steps an epoch, `time` is Unix seconds."""

    step: int
    epoch: float
    loss: float  # mean over the batch, of the network in training mode, before the step's update
    accuracy: float  # share of the batch
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


def points(records: Records, steps: NDArray[np.int64], steps_per_epoch: float) -> list[dict[str, Any]]:
    """Records as JSON objects, in the seven significant digits that an fp32 holds; NaN and Infinity are null."""
    names = RECORD.names or ()
    columns = {name: records[name].tolist() for name in names}
    return [
        {
            "step": step,
            "epoch": round(step / steps_per_epoch, 5),
            **{name: _digits(columns[name][i], 13 if name == "time" else 7) for name in names},
        }
        for i, step in enumerate(steps.tolist())
    ]


def _digits(value: float, digits: int) -> float | None:
    return float(f"{value:.{digits}g}") if np.isfinite(value) else None


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
        column = np.nan_to_num(records[name], nan=np.inf)
        grid = np.pad(column, (0, starts.size * width - column.size), mode="edge").reshape(starts.size, width)
        kept += [starts + grid.argmin(axis=1), starts + grid.argmax(axis=1)]
    return np.unique(np.minimum(np.concatenate(kept), len(records) - 1))
