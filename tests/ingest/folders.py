"""An upload that is a plain folder of class folders, below train and test or not: real files, nothing unpacked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ingest.sample import Sample, Split
from ingest.source import Fault

SPLITS: dict[str, Split] = {"train": "train", "validation": "validation", "test": "test"}


@contextmanager
def opened(root: Path, backwards: bool = False) -> "Iterator[Folder]":
    yield Folder(root, backwards)


@dataclass
class Folder:
    root: Path
    backwards: bool = False
    ignored: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        found = (path for path in self.root.rglob("*") if path.is_file())
        self._files = sorted(found, reverse=self.backwards)

    @property
    def count(self) -> int:
        return len(self._files)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(sorted({self._label(path) for path in self._files}))

    def __iter__(self) -> Iterator[Sample | Fault]:
        for path in self._files:
            name = path.relative_to(self.root).as_posix()
            split = SPLITS.get(name.split("/")[0])
            yield Sample(name, self._label(path), split, path.read_bytes())

    def _label(self, path: Path) -> str:
        parts = path.relative_to(self.root).parts
        return parts[1] if parts[0] in SPLITS else parts[0]
