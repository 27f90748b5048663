"""A table of measurements that can be asked between its points. No torch."""

from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

Axis = Annotated[tuple[float, ...], Field(min_length=1)]


class Grid(BaseModel):
    """`values`, all above 0, at every point of `axes`, the last axis running fastest.

    Between points the logarithm is linear in the logarithms of the coordinates; beyond them the edge's value holds.
    """

    model_config = ConfigDict(frozen=True)

    axes: tuple[Axis, ...]
    values: tuple[float, ...]

    def __call__(self, *place: float) -> float:
        """The value at one coordinate an axis."""
        values = np.log(np.reshape(self.values, [len(axis) for axis in self.axes]))
        for axis, coordinate in zip(self.axes, place, strict=True):
            where = np.interp(np.log(max(coordinate, axis[0])), np.log(axis), np.arange(len(axis)))
            below = min(int(where), len(axis) - 1)
            above = min(below + 1, len(axis) - 1)
            values = values[below] + (where - below) * (values[above] - values[below])
        return float(np.exp(values))
