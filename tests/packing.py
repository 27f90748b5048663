"""A small data set as `python -m ingest` would leave it, of pictures that can be told apart by their colour."""

import json
from pathlib import Path

import numpy as np

from model.data import packed
from tests.model.prepared import pack

ROWS = ("cat", "cat", "dog", "dog", "owl", "owl", "cat", "dog", "owl")  # six to train on, three to test on


def write_packed(folder: Path, size: int = 8, channels: int = 3) -> None:
    """Row n is of the colour 20 n."""
    classes = sorted(set(ROWS))
    pixels = np.arange(len(ROWS), dtype=np.uint8)[:, None, None, None] * np.full(
        (size, size, channels), 20, np.uint8
    )
    labels = np.array([classes.index(name) for name in ROWS])
    pack(folder, (pixels[:6], labels[:6]), (pixels[6:], labels[6:]), classes=classes)
    lines = [{"path": f"{name}/{row}.png", "width": 40, "height": 30} for row, name in enumerate(ROWS)]
    (folder / packed.INDEX).write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    (folder / packed.REPORT).write_text(json.dumps({"counts": {"samples": len(ROWS)}}))
