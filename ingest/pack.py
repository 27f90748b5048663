"""Writes decoded pictures to disk as they come, and then in the order in which they are trained on."""

import hashlib
import json
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import IO, Any, NamedTuple, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ingest.doctor.fingerprint import THUMBNAIL
from ingest.pool import Decoded
from ingest.row import Row
from ingest.sample import Split
from model.data.images import Fit
from model.data.packed import CARD, IMAGES, INDEX, LABELS, REPORT, Packed

SPOOL, THUMBNAILS = "images.part", "thumbnails.part"
T = TypeVar("T")
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def clear(folder: Path) -> None:
    """Removes what a try has left that did not come to its end, but its report."""
    for name in (CARD, IMAGES, LABELS, INDEX, SPOOL, THUMBNAILS):
        (folder / name).unlink(missing_ok=True)
    for part in folder.glob(f"{REPORT}.*.part"):
        part.unlink()


class Spool:
    """Pixels and thumbnails on disk, in the order in which they were decoded."""

    def __init__(self, folder: Path, shape: tuple[int, int, int]) -> None:
        self.shape, self.count = shape, 0
        self._images, self._thumbnails = ((folder / name).open("w+b") for name in (SPOOL, THUMBNAILS))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in (self._images, self._thumbnails):
            Path(file.name).unlink(missing_ok=True)
            with suppress(OSError):  # what is left to be written finds no room, and is not wanted
                file.close()

    def add(self, decoded: Decoded) -> None:
        self._images.write(decoded.pixels)
        self._thumbnails.write(decoded.thumbnail)
        self.count += 1

    def images(self) -> NDArray[np.uint8]:
        """(N, size, size, channels), memory-mapped."""
        self._images.flush()
        return np.memmap(self._images, np.uint8, "r", shape=(self.count, *self.shape))

    def thumbnails(self) -> NDArray[np.uint8]:
        self._thumbnails.flush()
        return np.memmap(self._thumbnails, np.uint8, "r", shape=(self.count, THUMBNAIL, THUMBNAIL))


class Placed(NamedTuple):
    """Where a row comes to lie: sorted, these are the data set."""

    split: int  # of SPLITS
    label: int
    path: str
    row: Row


def pack(
    folder: Path,
    images: NDArray[np.uint8],
    placed: Sequence[Placed],
    classes: tuple[str, ...],
    fit: Fit,
    tick: Callable[[], Iterator[T]],
) -> Generator[T, None, Packed]:
    """Yields what `tick` does after each picture. All but the card is on disk at the end."""
    ordered = sorted(placed)
    digest, histogram = hashlib.sha256(), np.zeros((images.shape[3], 256), np.int64)
    with (folder / IMAGES).open("wb") as file:
        head = _head((len(ordered), *images.shape[1:]))
        file.write(head)
        digest.update(head)
        for split, _, _, row in ordered:
            picture = images[row.place]
            file.write(picture.data)
            digest.update(picture.data)
            if split == 0:
                pixels = np.asarray(picture if picture.shape[2] == 3 else picture[..., 0])
                histogram += np.reshape(Image.fromarray(pixels).histogram(), histogram.shape)
            yield from tick()
        _to_disk(file)
    digest.update(_write_labels(folder, ordered))
    _write_index(folder, ordered)
    mean, deviation = statistics(histogram)
    by_class: dict[str, tuple[int, ...]] = {
        split: tuple(np.bincount([p.label for p in ordered if p.split == s], minlength=len(classes)).tolist())
        for s, split in enumerate(SPLITS)
    }
    counts: dict[str, int] = {split: sum(numbers) for split, numbers in by_class.items()}
    return Packed(
        classes=classes,
        channels=images.shape[3],
        image_size=fit.size,
        fit=fit.how,
        images=counts,
        class_images=by_class,
        mean=mean,
        deviation=deviation,
        sha256=digest.hexdigest(),
    )


def statistics(histogram: NDArray[np.int64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation in [0, 1] of each channel, of whose 256 values this is the (channels, 256) count."""
    values = np.arange(256) / 255
    share = histogram / histogram.sum(axis=1, keepdims=True)
    mean = share @ values
    variance = (share * (values - mean[:, None]) ** 2).sum(axis=1)
    return tuple(mean.tolist()), tuple(np.maximum(np.sqrt(variance), 1 / 255).tolist())


def _head(shape: tuple[int, ...]) -> bytes:
    file = BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return file.getvalue()


def _write_labels(folder: Path, ordered: Sequence[Placed]) -> bytes:
    file = BytesIO()
    np.save(file, np.array([each.label for each in ordered], np.int64))
    with (folder / LABELS).open("wb") as out:
        out.write(file.getbuffer())
        _to_disk(out)
    return file.getvalue()


def _write_index(folder: Path, ordered: Sequence[Placed]) -> None:
    with (folder / INDEX).open("w", encoding="utf-8") as out:
        for _, _, path, row in ordered:
            out.write(json.dumps({"path": path, "width": row.width, "height": row.height}) + "\n")
        _to_disk(out)


def _to_disk(file: IO[Any]) -> None:
    file.flush()
    os.fsync(file.fileno())
