"""Rows of a memory-mapped file that are wanted next, told to the system, which then reads them side by side."""

import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Readahead:
    """Of a mapped array (rows, ...). Only what is asked for is read of it from now on.

    Left to itself the system takes one page after another, waits for each, and reads megabytes around it that nobody
    wants (`python -m benchmarks larger`).
    """

    def __init__(self, mapped: "np.memmap[Any, Any]") -> None:
        mapping: object = mapped.base  # numpy's types know of arrays alone there
        assert isinstance(mapping, mmap.mmap)
        self._mapping = mapping
        self._first = mapped.offset % mmap.ALLOCATIONGRANULARITY  # byte of the mapping at which row 0 begins
        self._row = mapped.strides[0]
        self._mapping.madvise(mmap.MADV_RANDOM)

    def __call__(self, rows: NDArray[np.int64]) -> None:
        """Returns at once, not when they are there."""
        starts = self._first + rows * self._row
        pages = starts - starts % mmap.PAGESIZE
        for page, length in zip(pages.tolist(), (starts + self._row - pages).tolist(), strict=True):
            self._mapping.madvise(mmap.MADV_WILLNEED, page, length)
