"""Pictures of a data set, those that a job kept, and those of what a network saw, as files."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from client.client import Client
from client.errors import TrainshedError
from client.records.dataset import Sample
from client.records.picture import Picture
from client.records.prediction import Prediction

Named = Iterator[tuple[str, bytes]]


def write_samples(server: Client, dataset: str, samples: Iterable[Sample], folder: Path) -> list[Path]:
    """Named by row, split and class. Raises TrainshedError where it cannot write, as the others."""
    return _write(
        folder,
        (
            (_name(f"{one.row:06}", one.split, one.label), server.sample_png(dataset, one.row))
            for one in samples
        ),
    )


def write_kept(server: Client, job_id: str, pictures: Iterable[Picture], folder: Path) -> list[Path]:
    """Named by row and class, and by what a mistake was taken for."""
    return _write(folder, ((_kept(one), server.picture_png(job_id, one.row)) for one in pictures))


def write_explanations(predictions: Iterable[Prediction], folder: Path) -> list[Path]:
    """For each explained image the map alone and over the picture, named by its place, its name and the class."""
    return _write(folder, _explanations(predictions))


def _explanations(predictions: Iterable[Prediction]) -> Named:
    for place, one in enumerate(predictions, start=1):
        if one.explanation:
            words = (f"{place:03}", Path(one.filename or "").stem, one.explanation.of.label)
            yield _name(*words, "overlay"), one.explanation.overlay
            yield _name(*words, "heatmap"), one.explanation.heatmap


def _kept(one: Picture) -> str:
    return _name(f"{one.row:06}", one.label, *(("as", one.mistake.predicted) if one.mistake else ()))


def _write(folder: Path, pictures: Named) -> list[Path]:
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in pictures:
            written.append(folder / name)
            written[-1].write_bytes(content)
    except OSError as error:
        raise TrainshedError(f"{error.filename or folder}: {error.strerror}") from error
    return written


def _name(*words: str) -> str:
    """A class may be called anything, `../` too."""
    return "-".join(re.sub(r"[^\w-]+", "-", word)[:60] for word in words) + ".png"
