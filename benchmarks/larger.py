"""What it costs to train on a prepared set that is larger than memory, beside the same with room for all of it.

Both begin with what an epoch leaves in the page cache. Where there is less room, the trainer's own memory and what
it reads are bounded together, by a cgroup.
"""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import cgroup, contest, training
from benchmarks.contender import Contender, default_environment
from benchmarks.contest import Course
from benchmarks.record import Figure, of
from benchmarks.service import datasets
from model import launch
from model.data import packed
from model.data.packed import Packed

GIB = 2**30
SET_BYTES, MEMORY_BYTES = 4 * GIB, 2 * GIB
SIZE, CHANNELS, CLASSES = 224, 3, 10
WRITTEN_AT_ONCE = 256  # images
NAME = f"ds_{'0' * 32}"
ROUNDS, BATCH_SIZE = 3, 64
OPTIMIZER = {"name": "sgd", "learning_rate": 0.01, "momentum": 0.9}


@dataclass(frozen=True, slots=True)
class Workload:
    name: str
    architecture: dict[str, Any]
    image_size: int
    course: Course

    @property
    def spec(self) -> dict[str, Any]:
        return {
            "architecture": self.architecture,
            "data": {"dataset": NAME, "image_size": self.image_size},
            "training": {"optimizer": OPTIMIZER, "batch_size": BATCH_SIZE, "max_steps": 10_000},
        }


SMALL = {"blocks": [[1, 16], [1, 32], [1, 64]], "classifier": [], "batch_norm": True, "head": "average"}
WORKLOADS = (  # what is usual, and what asks for images as fast as somebody may still want them
    Workload("VGG-11 at 96x96", {"preset": "vgg11_bn"}, 96, Course(ROUNDS, 2, 8, BATCH_SIZE)),
    Workload("three convolutions at 64x64", SMALL, 64, Course(ROUNDS, 10, 60, BATCH_SIZE)),
)


def measure() -> list[Figure]:
    # Beside the other data, not in /tmp, which is memory on some systems.
    with tempfile.TemporaryDirectory(dir=datasets().parent) as folder, cgroup.limited(MEMORY_BYTES) as procs:
        root = Path(folder)
        written = write(root / NAME, SET_BYTES)
        figures = [of("images on disk", "GiB", written / GIB)]
        for work in WORKLOADS:
            figures += _compared(work, root, procs)
    return figures


def write(folder: Path, size: int) -> int:
    """A prepared set of random pixels; the bytes that its images take, `size` at most."""
    folder.mkdir()
    count, random = size // (SIZE * SIZE * CHANNELS), np.random.default_rng(0)
    images = np.lib.format.open_memmap(folder / packed.IMAGES, "w+", np.uint8, (count, SIZE, SIZE, CHANNELS))
    for start in range(0, count, WRITTEN_AT_ONCE):
        part = images[start : start + WRITTEN_AT_ONCE]
        part[:] = random.integers(0, 256, part.shape, np.uint8)
    images.flush()  # to disk: what is not there stays in the page cache
    np.save(folder / packed.LABELS, np.arange(count) % CLASSES)
    _card(count).write(folder)
    return images.nbytes


def _card(count: int) -> Packed:
    """Of random pixels; all but one batch to train on."""
    counts = {"train": count - BATCH_SIZE, "validation": 0, "test": BATCH_SIZE}
    return Packed(
        classes=tuple(f"class {number}" for number in range(CLASSES)),
        channels=CHANNELS,
        image_size=SIZE,
        fit="stretch",
        images=counts,
        class_images={split: (images // CLASSES,) * CLASSES for split, images in counts.items()},
        mean=(0.5,) * CHANNELS,
        deviation=(0.29,) * CHANNELS,
        sha256="",
    )


def _compared(work: Workload, root: Path, procs: Path | None) -> Iterator[Figure]:
    roomy = _contender(work, root, "memory for the whole set", None)
    tight = _contender(work, root, f"{MEMORY_BYTES / GIB:g} GiB of memory", procs) if procs else None
    turns = contest.held([roomy, tight] if tight else [roomy], work.course)
    yield from (contest.speed(contender, turns) for contender in turns)
    if tight:
        yield contest.ratio(tight, roomy, turns)


def _contender(work: Workload, root: Path, memory: str, procs: Path | None) -> Contender:
    place = Path(tempfile.mkdtemp(dir=root))
    trainer = training.command_for(work.spec, place, root)
    images = str(root / NAME / packed.IMAGES)
    command = [sys.executable, "-m", "benchmarks.after_epoch", images, str(procs or ""), *trainer]
    return Contender(
        f"{work.name}, {memory}", "auto", command, launch.environment(base=default_environment())
    )
