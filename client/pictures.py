"""Pictures of a data set as files."""

import re
from collections.abc import Iterable
from pathlib import Path

from client.client import Client
from client.dataset import Sample
from client.errors import TrainshedError


def write(server: Client, dataset: str, samples: Iterable[Sample], folder: Path) -> list[Path]:
    """A PNG each, named by row, split and class. Raises TrainshedError where it cannot write."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in samples:
            path = folder / f"{one.row:06}-{_safe(one.split)}-{_safe(one.label)}.png"
            path.write_bytes(server.sample_png(dataset, one.row))
            written.append(path)
    except OSError as error:
        raise TrainshedError(f"{error.filename or folder}: {error.strerror}") from error
    return written


def _safe(name: str) -> str:
    """A class may be called anything, `../` too."""
    return re.sub(r"[^\w-]+", "-", name)[:60]
