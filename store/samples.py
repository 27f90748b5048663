"""The pictures of a data set, one by one: which they are, and what they look like."""

import json
from collections.abc import Iterator, Set
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.data import packed
from model.data.packed import Packed
from store.pictures import png


class Samples:
    def __init__(self, folder: Path) -> None:
        """FileNotFoundError."""
        self._folder, self._packed = folder, Packed.read(folder)
        self.classes = self._packed.classes
        self.splits = tuple(self._packed.images)

    def __len__(self) -> int:
        return sum(self._packed.images.values())

    def page(
        self,
        split: str | None,
        label: str | None,
        limit: int,
        after: int | None,
        paths: Set[str] = frozenset(),
    ) -> tuple[list[dict[str, Any]], int | None]:
        """Those after row `after`, of these files if there are any; and the last row of the page if there are more.

        Looking for `paths` reads the whole index, some seconds for a million rows.
        """
        rows = self._rows(split, label)
        if paths:
            rows = rows[np.isin(rows, [row for row, facts in self._index() if facts["path"] in paths])]
        rows = rows[rows > (-1 if after is None else after)][: limit + 1]
        shown = rows[:limit].tolist()
        return self._describe(shown), shown[-1] if len(rows) > limit else None

    def png(self, row: int) -> bytes:
        return png(packed.images(self._folder)[row])

    def _rows(self, split: str | None, label: str | None) -> NDArray[np.int64]:
        rows = np.arange(len(self))
        if split is not None:
            rows = rows[self._split_of(rows) == self.splits.index(split)]
        if label is not None:
            rows = rows[packed.labels(self._folder)[rows] == self.classes.index(label)]
        return rows

    def _split_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers of splits, in which the rows lie one after another."""
        return np.searchsorted(np.cumsum(list(self._packed.images.values())), rows, "right")

    def _describe(self, rows: list[int]) -> list[dict[str, Any]]:
        if not rows:
            return []
        wanted, labels = set(rows), packed.labels(self._folder)
        splits = self._split_of(np.array(rows)).tolist()
        with (self._folder / packed.INDEX).open() as lines:
            told = [json.loads(line) for row, line in enumerate(islice(lines, rows[-1] + 1)) if row in wanted]
        return [
            {"row": row, "split": self.splits[split], "label": self.classes[labels[row]], **facts}
            for row, split, facts in zip(rows, splits, told, strict=True)
        ]

    def _index(self) -> Iterator[tuple[int, dict[str, Any]]]:
        with (self._folder / packed.INDEX).open() as lines:
            yield from ((row, json.loads(line)) for row, line in enumerate(lines))
