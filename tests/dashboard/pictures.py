"""Pictures and archives that a test hands over."""

import io
import zipfile
from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload

COLOURS, COMMON = 128, 32  # of a small picture; those of them that are as they were
FINE = 4  # times as large as it is kept is a picture drawn


def png(shade: int, size: int = 28) -> bytes:
    """A sky as light as `shade`, with a sun or a moon whose place tells shades apart."""
    side = size * FINE
    picture = Image.new("RGB", (side, side), (shade // 2, shade, min(255, 60 + 3 * shade // 2)))
    draw = ImageDraw.Draw(picture)
    x, y, radius = side * (shade * 7 % 10 + 1) // 11, side * (shade * 3 % 7 + 2) // 13, side // 8
    light = (255, 214, 90) if shade > 80 else (226, 230, 240)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=light)
    hill = side * (shade % 7 + 11) // 20
    draw.ellipse(
        (-side // 2, hill, side * (shade % 5 + 8) // 10, 2 * side), fill=(shade // 3, 30 + shade // 2, 40)
    )
    file = io.BytesIO()
    picture.resize((size, size), Image.Resampling.LANCZOS).save(file, "PNG")
    return file.getvalue()


def small(picture: Image.Image) -> Image.Image:
    """In few colours: the commonest exactly, the others by how many kinds there are, so that a little red stays red."""
    kinds, counts = np.unique(np.asarray(picture).reshape(-1, 3), axis=0, return_counts=True)
    common = kinds[np.argsort(counts)[-COMMON:]]
    others = Image.fromarray(kinds[np.newaxis]).quantize(COLOURS - COMMON).getpalette()
    palette = Image.new("P", (1, 1))
    palette.putpalette([*common.flatten().tolist(), *(others or [])])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def handed(name: str, content: bytes, kind: str = "image/png") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


def zipped(files: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()
