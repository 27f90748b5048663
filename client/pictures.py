"""Pictures of a data set, and of what a network saw, as files."""

import re
from collections.abc import Iterable
from pathlib import Path

from client.client import Client
from client.errors import TrainshedError
from client.records.dataset import Sample
from client.records.prediction import Prediction


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


def write_explanations(predictions: Iterable[Prediction], folder: Path) -> list[Path]:
    """For each explained image the map alone and over the picture, named by the image's place, its name and the class.

    Raises TrainshedError where it cannot write.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for place, one in enumerate(predictions, start=1):
            if one.explanation is None:
                continue
            stem = f"{place:03}-{_safe(Path(one.filename or '').stem)}-{_safe(one.explanation.of.label)}"
            for kind in ("overlay", "heatmap"):
                path = folder / f"{stem}-{kind}.png"
                path.write_bytes(getattr(one.explanation, kind))
                written.append(path)
    except OSError as error:
        raise TrainshedError(f"{error.filename or folder}: {error.strerror}") from error
    return written


def _safe(name: str) -> str:
    """A class may be called anything, `../` too."""
    return re.sub(r"[^\w-]+", "-", name)[:60]
