"""Prepared data sets on disk, as `ingest` leaves them, of pixels that a test has in hand."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.data import packed
from model.data.images import How
from model.data.packed import Packed

SET = f"ds_{'0' * 31}1"
SPLITS = ("train", "validation", "test")
Pixels = NDArray[np.uint8]
Labels = NDArray[Any]


def pack(
    folder: Path,
    train: tuple[Pixels, Labels],
    test: tuple[Pixels, Labels],
    validation: tuple[Pixels, Labels] | None = None,
    fit: How = "stretch",
    classes: Sequence[str] = (),
) -> Packed:
    """Images are (N, S, S, C); picture n of a split is "<split>/<n>.png", class i "class i" or what `classes` says."""
    folder.mkdir(parents=True)
    splits = [train, validation or (train[0][:0], train[1][:0]), test]
    pixels, labels = (np.concatenate(parts) for parts in zip(*splits, strict=True))
    np.save(folder / packed.IMAGES, pixels)
    np.save(folder / packed.LABELS, labels.astype(np.int64))
    names = [
        f"{split}/{n}.png" for split, part in zip(SPLITS, splits, strict=True) for n in range(len(part[1]))
    ]
    lines = [json.dumps({"path": name, "width": 20, "height": 10}) + "\n" for name in names]
    (folder / packed.INDEX).write_text("".join(lines))
    names_of_classes = tuple(classes) or tuple(f"class {number}" for number in range(int(labels.max()) + 1))
    counts = [np.bincount(part[1], minlength=len(names_of_classes)).tolist() for part in splits]
    shown = train[0] / 255
    card = Packed(
        classes=names_of_classes,
        channels=pixels.shape[3],
        image_size=pixels.shape[1],
        fit=fit,
        images={split: len(part[1]) for split, part in zip(SPLITS, splits, strict=True)},
        class_images={split: tuple(count) for split, count in zip(SPLITS, counts, strict=True)},
        mean=tuple(shown.mean((0, 1, 2)).tolist()),
        deviation=tuple(shown.std((0, 1, 2)).clip(min=1 / 255).tolist()),
        sha256=hashlib.sha256(pixels.tobytes() + labels.tobytes()).hexdigest(),
    )
    card.write(folder)
    return card


def stripes(images: int, seed: int, channels: int = 3) -> tuple[Pixels, Labels]:
    """Three classes of 12x12 images that differ in where the bright band is, in noise."""
    random = np.random.default_rng(seed)
    labels = np.arange(images) % 3
    pixels = random.integers(0, 120, (images, 12, 12, channels), dtype=np.uint8)
    for image, label in zip(pixels, labels, strict=True):
        image[4 * label : 4 * label + 4] += 120
    return pixels, labels
