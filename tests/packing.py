"""A prepared data set of tiny pictures, as `python -m ingest` would leave it, for tests of those who read it."""

import json
from pathlib import Path

import numpy as np

from model import packed
from model.packed import Packed

CLASSES = ("cat", "dog", "owl")
IMAGES = {"train": 6, "validation": 0, "test": 3}


def write_packed(folder: Path, size: int = 8, channels: int = 3) -> Packed:
    """Row n is of one colour, 20 n; classes take turns in each split's slice, in order."""
    folder.mkdir(parents=True)
    count = sum(IMAGES.values())
    rows = np.arange(count, dtype=np.uint8)[:, None, None, None] * np.full(
        (size, size, channels), 20, np.uint8
    )
    labels = np.concatenate([np.repeat(np.arange(3), images // 3) for images in IMAGES.values()])
    np.save(folder / packed.IMAGES, rows)
    np.save(folder / packed.LABELS, labels.astype(np.int64))
    lines = [
        {"path": f"{CLASSES[label]}/{row}.png", "width": 40, "height": 30} for row, label in enumerate(labels)
    ]
    (folder / packed.INDEX).write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    (folder / packed.REPORT).write_text(json.dumps({"counts": {"samples": count}}))
    by_class: dict[str, tuple[int, ...]] = {split: (images // 3,) * 3 for split, images in IMAGES.items()}
    card = Packed(
        CLASSES, channels, size, "stretch", IMAGES, by_class, (0.2,) * channels, (0.1,) * channels, "0" * 64
    )
    card.write(folder)
    return card
