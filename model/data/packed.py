"""A prepared data set on disk, as `ingest` leaves it and trainers read it. No torch.

images.npy     uint8 (N, S, S, C): the training images, then those to validate on, then those to test on
labels.npy     int64 (N,)
index.jsonl    {"path", "width", "height"} of each row: where it came from
report.json    what was wrong with the upload
dataset.json   `Packed`; written last, so that a folder that has it holds a whole data set
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.data.images import Fit, How
from model.durable import write_whole
from model.errors import DatasetDamaged

IMAGES, LABELS, INDEX, REPORT, CARD = (
    "images.npy",
    "labels.npy",
    "index.jsonl",
    "report.json",
    "dataset.json",
)
ID = r"ds_[0-9a-f]{32}"  # the first half of a SHA-256 over the upload and how it was prepared


@dataclass(frozen=True, slots=True)
class Packed:
    """The content of `dataset.json`."""

    classes: tuple[str, ...]
    channels: int
    image_size: int  # pixels a side
    fit: How
    images: dict[str, int]  # of train, validation, test
    class_images: dict[str, tuple[int, ...]]  # the same by class, in the order of `classes`
    mean: tuple[float, ...]  # of each channel of the training images, in [0, 1]
    deviation: tuple[float, ...]
    sha256: str  # of images.npy followed by labels.npy

    @property
    def square(self) -> Fit:
        """What was done to each picture, and is to be done to those that are predicted."""
        return Fit(self.image_size, self.fit)

    def write(self, folder: Path) -> None:
        write_whole(folder / CARD, json.dumps(asdict(self)).encode())

    @classmethod
    def read(cls, folder: Path) -> "Packed":
        """FileNotFoundError where there is no whole data set, DatasetDamaged."""
        content = (folder / CARD).read_bytes()
        try:
            fields: dict[str, Any] = json.loads(content)
            tuples = {name: tuple(fields[name]) for name in ("classes", "mean", "deviation")}
            by_class = {split: tuple(counts) for split, counts in fields["class_images"].items()}
            return cls(**{**fields, **tuples, "class_images": by_class})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            hint = "Remove its folder, and send the upload again."
            raise DatasetDamaged(f"{folder / CARD} is no card of a data set: {error!r}", hint) from error


def images(folder: Path) -> "np.memmap[Any, np.dtype[np.uint8]]":
    """All of them, memory-mapped and read-only."""
    mapped: np.memmap[Any, np.dtype[np.uint8]] = np.load(folder / IMAGES, mmap_mode="r", allow_pickle=False)
    return mapped


def labels(folder: Path) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.load(folder / LABELS, allow_pickle=False)
    return found
