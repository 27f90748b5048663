"""Test images that a run has kept, one by one: which they are, and what they look like."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


class Pictures:
    """What `model/evaluation/pictures.py` wrote; no image is read before it is asked for."""

    def __init__(self, path: Path) -> None:
        """FileNotFoundError."""
        self._records: NDArray[np.void] = np.load(path, mmap_mode="r", allow_pickle=False)
        self._places = {row: place for place, row in enumerate(self._records["row"].tolist())}

    def __contains__(self, row: int) -> bool:
        return row in self._places

    def facts(self) -> list[dict[str, Any]]:
        """`row` in the test split, `label` as a number, and `sample`, in their order."""
        names = ("row", "label", "sample")
        columns = (self._records[name].tolist() for name in names)
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]

    def png(self, row: int, longest_side: int | None = None) -> bytes:
        """KeyError."""
        return png(self._records["pixels"][self._places[row]], longest_side)


def png(pixels: NDArray[np.uint8], longest_side: int | None = None) -> bytes:
    """Of (H, W, C), one channel or three; made smaller where a side is longer."""
    file = BytesIO()
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    if longest_side:
        image.thumbnail((longest_side, longest_side))
    image.save(file, "PNG")
    return file.getvalue()
