"""Photographs to measure with: the pictures of Debian's package tuxpaint-stamps-default, a folder for each class."""

import shutil
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from PIL import Image

STAMPS = Path("/usr/share/tuxpaint/stamps")
CELL, CELLS = 400, 3  # pixels a side, and cells a side of a large picture: 1.44 megapixels
QUALITY = 90


def small(root: Path) -> None:
    """As they are: PNGs, most of about 120x120 pixels."""
    for path in _stamps():
        copy = root / path.relative_to(STAMPS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def large(root: Path) -> None:
    """JPEGs as a camera's in size and detail: each shows nine stamps of its class, enlarged, on white."""
    for label, stamps in _by_class().items():
        (root / label).mkdir(parents=True)
        for number in range(len(stamps)):
            picture = Image.new("RGB", (CELLS * CELL, CELLS * CELL), "white")
            for place in range(CELLS**2):
                row, column = divmod(place, CELLS)
                picture.paste(_cell(stamps[(number + place) % len(stamps)]), (column * CELL, row * CELL))
            picture.save(root / label / f"{number}.jpg", quality=QUALITY)


def pictures(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def zipped(root: Path, archive: Path) -> None:
    """Stored: pictures are compressed already."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        for path in pictures(root):
            file.write(path, path.relative_to(root))


def _stamps() -> Iterator[Path]:
    if not STAMPS.is_dir():
        raise SystemExit(f"There are no photographs in {STAMPS}: apt-get install tuxpaint-stamps-default")
    yield from sorted(path for path in STAMPS.rglob("*.png") if "cartoon" not in path.parts)


def _by_class() -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for path in _stamps():
        found[path.relative_to(STAMPS).parts[0]].append(path)
    return found


@lru_cache(CELLS**2 + 1)
def _cell(path: Path) -> Image.Image:
    with Image.open(path) as stamp:
        drawn = stamp.convert("RGBA").resize((CELL, CELL), Image.Resampling.BICUBIC)
    white = Image.new("RGBA", drawn.size, "white")
    return Image.alpha_composite(white, drawn).convert("RGB")
