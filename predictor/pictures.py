"""Where the pictures of a batch come from: a split of a data set, or an archive that was sent."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.decoder import Task
from ingest.layouts import pictures
from ingest.pool import Decoded, Pool, Result
from ingest.source import Fault
from ingest.upload import open_upload
from model.data.catalog import facts_of
from model.data.dataset import Split
from model.data.datasets import load
from model.data.images import fit_pixels
from model.finished.predict import Model
from model.spec import Data

AT_ONCE = 256  # images of a data set that are read together
LARGE = 2  # decoders where pictures keep their size: each has some of 75 MB in hand


class Picture(NamedTuple):
    path: str
    label: str | None  # None: nobody has said
    pixels: NDArray[np.uint8]  # (channels, height, width), as `decode` gives them


Found = tuple[int, Iterator[Picture | Fault]]  # how many, and each
Source = AbstractContextManager[Found]


@contextmanager
def of_archive(path: Path, model: Model, max_pixels: int) -> Iterator[Found]:
    """Decoded in processes of their own. UploadError."""
    task = Task(max_pixels, model.channels, *(model.fit or ()))
    with (
        open_upload(path, read=pictures.read) as source,
        Pool(task, None if task.is_bounded else LARGE) as pool,
    ):
        yield source.count, (_picture(result, model) for result in pool.results(source))


def _picture(result: Result, model: Model) -> Picture | Fault:
    if not isinstance(result, Decoded):
        return result
    height, width = (model.fit.size,) * 2 if model.fit else (result.facts.height, result.facts.width)
    pixels = np.frombuffer(result.pixels, np.uint8).reshape(height, width, model.channels)
    return Picture(result.sample.path, None, np.ascontiguousarray(pixels.transpose(2, 0, 1)))


@contextmanager
def of_dataset(name: str, split: str, datasets: Path, model: Model) -> Iterator[Found]:
    """`split` is train, validation, test or all of them. SpecError, DatasetMissing, DatasetDamaged."""
    dataset = load(facts_of(Data(dataset=name), datasets), datasets)
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    chosen = {each: found for each, found in splits.items() if found and split in (each, "all")}
    pictures = (_rows(found, each, dataset.classes, model) for each, found in chosen.items())
    yield sum(map(len, chosen.values())), chain.from_iterable(pictures)


def _rows(split: Split, name: str, classes: tuple[str, ...], model: Model) -> Iterator[Picture]:
    paths = split.paths(range(len(split)))
    for start in range(0, len(split), AT_ONCE):
        images = split.images[start : start + AT_ONCE].permute(0, 2, 3, 1).contiguous().numpy()
        labels = split.labels[start : start + AT_ONCE].tolist()
        for number, (image, label) in enumerate(zip(images, labels, strict=True), start):
            pixels = fit_pixels(image, model.channels, model.fit)
            yield Picture(paths[number] or f"{name}/{number}", classes[label], pixels)
