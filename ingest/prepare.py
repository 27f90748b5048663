"""A whole preparation: decode an upload's samples, examine them, split them, write the data set and the report.

`Prepare` is iterated like a `Run` of `model`: it yields a row for what happens and writes its files into one folder.
"""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ingest.decoder import Task
from ingest.doctor.duplicates import same, surplus
from ingest.doctor.near import groups, near_pairs
from ingest.doctor.report import Report
from ingest.errors import UploadError
from ingest.pack import SPLITS, Placed, Spool, clear, pack
from ingest.pool import Decoded, Pool
from ingest.row import Row
from ingest.sample import Split
from ingest.source import Source
from ingest.spec import Preparation
from ingest.split import split
from ingest.unusable import BadFiles, NoTestImages, NoTrainImages, TooFewClasses
from model.data.images import Fit
from model.data.packed import CARD, REPORT, Packed

Upload = Callable[[], AbstractContextManager[Source]]
Progress = dict[str, Any]  # "kind" says which; one JSON object on a line
T = TypeVar("T")
Stage = Generator[Progress, None, T]  # rows; then what came of it
MAX_PIXELS = 25_000_000  # of a picture
LARGEST, SMALLEST = 224, 8  # image_size that is chosen
GRAY = ("1", "L", "LA", "I", "I;16", "I;16B")  # Pillow's modes
ROW_SECONDS = 0.25  # between two rows of progress


class Stopped(Exception):
    """`stopping` was set."""


class Prepare:
    """`out` is the data set's folder; one that is whole already is done at once. Set `stopping` to end early.

    Nothing is resumed: what an earlier try has left is removed. `upload` opens it, once.
    """

    def __init__(self, upload: Upload, spec: Preparation, out: Path, max_pixels: int = MAX_PIXELS) -> None:
        self.upload, self.spec, self.out, self.max_pixels = upload, spec, out, max_pixels
        self.stopping = False
        self._step = self._steps = 0
        self._stage, self._told = "", 0.0

    def __iter__(self) -> Iterator[Progress]:
        """UploadError, OSError; the last row is `done`, or `stopped` when `stopping` was set."""
        if not (self.out / CARD).exists():
            self.out.mkdir(parents=True, exist_ok=True)
            clear(self.out)
            (self.out / REPORT).unlink(missing_ok=True)
            try:
                with self.upload() as source:
                    yield from self._prepare(source)
            except Stopped:
                yield {"kind": "stopped", "step": self._step}
                return
            finally:
                if not (self.out / CARD).exists():
                    clear(self.out)
        packed = Packed.read(self.out)
        yield {
            "kind": "done",
            "images": packed.images,
            "classes": len(packed.classes),
            "image_size": packed.image_size,
            "channels": packed.channels,
        }

    def _prepare(self, source: Source) -> Iterator[Progress]:
        spec = self.spec
        unknown = spec.image_size is None or spec.channels is None
        self._steps = source.count * (3 if unknown else 2)
        size, channels = (yield from self._survey(source)) if unknown else (spec.image_size, spec.channels)
        assert size
        assert channels
        report = Report(size, source.classes)
        with Spool(self.out, (size, size, channels)) as spool:
            rows, prints = yield from self._decode(source, spool, report, channels)
            try:
                if self.spec.bad_files == "fail" and report.left_out:
                    raise BadFiles(f"{report.left_out} of {report.samples} pictures cannot be read.")
                rows, together = yield from self._compare(rows, prints, spool, report)
                splits = split(rows, together, spec.test_split, spec.seed)
                report.divide(rows, splits, together)
                _refuse_unusable(rows, splits)
            except UploadError:
                report.write(self.out, len(rows), source)
                raise
            packed = yield from self._pack(source.classes, spool, rows, splits)
            yield from self._tick("pack", self._steps - self._step)  # what was left out was not packed
        report.write(self.out, len(rows), source)
        packed.write(self.out)

    def _survey(self, source: Source) -> Stage[tuple[int, int]]:
        """Image size and channels: what is set, or what the heads of the files suggest."""
        sides, gray = [], True
        with Pool(Task(self.max_pixels)) as pool:
            for result in pool.results(source):
                if isinstance(result, Decoded):
                    sides.append(min(result.facts.width, result.facts.height))
                    gray = gray and result.facts.mode in GRAY
                yield from self._tick("survey")
        median = int(np.median(sides)) if sides else LARGEST
        size = self.spec.image_size or max(SMALLEST, min(LARGEST, median))
        return size, self.spec.channels or (1 if gray else 3)

    def _decode(
        self, source: Source, spool: Spool, report: Report, channels: int
    ) -> Stage[tuple[list[Row], NDArray[np.uint64]]]:
        """Rows and their fingerprints (N, 2), in the order of their paths."""
        rows: list[Row] = []
        prints: list[tuple[int, int]] = []
        task = Task(self.max_pixels, channels, spool.shape[0], self.spec.fit)
        with Pool(task) as pool:
            for result in pool.results(source):
                report.hear(result)
                if isinstance(result, Decoded):
                    sample, facts = result.sample, result.facts
                    size = (facts.width, facts.height)
                    rows.append(
                        Row(sample.path, sample.label, sample.split, result.sha256, *size, spool.count)
                    )
                    prints.append(result.fingerprint)
                    spool.add(result)
                yield from self._tick("decode")
        rows.sort(key=lambda row: row.path)
        return rows, np.array([prints[row.place] for row in rows], np.uint64).reshape(-1, 2)

    def _compare(
        self, rows: list[Row], prints: NDArray[np.uint64], spool: Spool, report: Report
    ) -> Stage[tuple[list[Row], list[list[int]]]]:
        """The rows that stay, and groups of their numbers that belong on one side."""
        yield from self._tick("compare", 0)
        repeated = same(rows)
        links = [(group[0], other) for group in repeated for other in group[1:]]
        prints[[other for _, other in links]] = 0  # the first of each stands for all
        places = np.array([row.place for row in rows])
        near: list[tuple[int, int]] = []
        for pairs in near_pairs(prints, spool.thumbnails(), places) if rows else ():
            near += pairs.tolist()
            yield from self._tick("compare", 0)
        report.compare(rows, repeated, groups(len(rows), near))
        dropped = surplus(rows, repeated) if self.spec.duplicates == "drop" else {}
        for fault in dropped.values():
            report.leave_out(fault)
        kept = [number for number in range(len(rows)) if number not in dropped]
        renumbered = {old: new for new, old in enumerate(kept)}
        together = [
            [renumbered[n] for n in group if n in renumbered] for group in groups(len(rows), near + links)
        ]
        return [rows[number] for number in kept], [group for group in together if len(group) > 1]

    def _pack(
        self, names: tuple[str, ...], spool: Spool, rows: Sequence[Row], splits: Sequence[Split]
    ) -> Stage[Packed]:
        present = {row.label for row in rows}
        classes = tuple(name for name in names if name in present)
        number = {name: n for n, name in enumerate(classes)}
        placed = [
            Placed(SPLITS.index(side), number[row.label], row.path, row)
            for row, side in zip(rows, splits, strict=True)
        ]
        fit = Fit(spool.shape[0], self.spec.fit)
        return (yield from pack(self.out, spool.images(), placed, classes, fit, lambda: self._tick("pack")))

    def _tick(self, stage: str, steps: int = 1) -> Iterator[Progress]:
        """A row for the first step of a stage, the last of all, and a few a second between."""
        if self.stopping:
            raise Stopped
        self._step = min(self._step + steps, self._steps)
        now = time.monotonic()
        if stage != self._stage or self._step == self._steps or now - self._told >= ROW_SECONDS:
            self._stage, self._told = stage, now
            yield {"kind": "progress", "stage": stage, "step": self._step, "steps": self._steps}


def _refuse_unusable(rows: Sequence[Row], splits: Sequence[Split]) -> None:
    if len({row.label for row in rows}) < 2:
        raise TooFewClasses("Fewer than two classes have pictures left.")
    if "train" not in splits:
        raise NoTrainImages("No picture is left to train on.")
    if "test" not in splits:
        raise NoTestImages("No picture is left to test on.")
