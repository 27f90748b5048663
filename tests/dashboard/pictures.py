"""Pictures and archives that a test hands over."""

import io
import zipfile
from collections.abc import Mapping

from PIL import Image
from playwright.sync_api import FilePayload


def png(shade: int, size: int = 28) -> bytes:
    """A gray picture with a lighter half, so that no two shades are nearly the same."""
    picture = Image.new("L", (size, size), shade)
    picture.paste(min(255, 2 * shade), (0, 0, size * (shade % 7 + 1) // 9, size))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def handed(name: str, content: bytes, kind: str = "image/png") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


def zipped(files: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()
