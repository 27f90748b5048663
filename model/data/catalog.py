"""The data sets that are known by name or by id, and where their files are looked for. No torch."""

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from model.data.packed import ID, Packed
from model.refusal import SpecError
from model.spec import Data


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """What must be known of a data set before a network can be costed. `image_size` is pixels a side."""

    name: str
    channels: int
    image_size: int
    classes: int
    train_images: int
    test_images: int
    validation_images: int = field(default=0, kw_only=True)  # of a split of its own
    mapped: bool = field(default=False, kw_only=True)  # the images are read from their file, batch by batch


@dataclass(frozen=True, slots=True)
class BuiltIn(DatasetFacts):
    """A set that everybody has, or can download."""

    torchvision: str  # its class there
    mark: str  # a file that is there once torchvision has downloaded the set


BUILT_IN = {
    facts.name: facts
    for facts in (
        BuiltIn("fashion-mnist", 1, 28, 10, 60_000, 10_000, "FashionMNIST", "FashionMNIST/raw"),
        BuiltIn("mnist", 1, 28, 10, 60_000, 10_000, "MNIST", "MNIST/raw"),
        BuiltIn("kmnist", 1, 28, 10, 60_000, 10_000, "KMNIST", "KMNIST/raw"),
        BuiltIn("emnist", 1, 28, 47, 112_800, 18_800, "EMNIST", "EMNIST/raw"),  # "balanced" split
        BuiltIn("cifar10", 3, 32, 10, 50_000, 10_000, "CIFAR10", "cifar-10-batches-py"),
        BuiltIn("cifar100", 3, 32, 100, 50_000, 10_000, "CIFAR100", "cifar-100-python"),
        BuiltIn("svhn", 3, 32, 10, 73_257, 26_032, "SVHN", "train_32x32.mat"),
        BuiltIn("stl10", 3, 96, 10, 5_000, 8_000, "STL10", "stl10_binary"),
    )
}
SYSTEM_FOLDERS = {
    "fashion-mnist": Path("/usr/share/datasets/fashion-mnist")
}  # Debian's dataset-fashion-mnist
IDX_STEMS = ("train-images-idx3-ubyte", "train-images-idx3-ubyte.gz")


def facts_of(data: Data, datasets: Path) -> DatasetFacts:
    """The facts of a spec's data set, or those that it states itself; `SpecError` for an unknown name or id.

    `datasets` is the folder that holds one folder for each set.
    """
    if data.dataset is None:
        shape = (
            data.channels or 0,
            data.image_size or 0,
            data.classes or 0,
        )  # Data's validator saw to all three
        return DatasetFacts("", *shape, 0, 0)
    if re.fullmatch(ID, data.dataset):
        return _prepared(data.dataset, datasets)
    if data.dataset not in BUILT_IN:
        near = get_close_matches(data.dataset.lower(), BUILT_IN, 1)
        known = ", ".join(BUILT_IN)
        raise SpecError(
            "/data/dataset", "unknown_dataset", f"known data sets: {known}", near[0] if near else None
        )
    return BUILT_IN[data.dataset]


def _prepared(name: str, datasets: Path) -> DatasetFacts:
    try:
        card = Packed.read(datasets / name)
    except FileNotFoundError as error:
        raise SpecError("/data/dataset", "unknown_dataset", f"there is no data set {name}") from error
    return DatasetFacts(
        name,
        card.channels,
        card.image_size,
        len(card.classes),
        card.images["train"],
        card.images["test"],
        validation_images=card.images["validation"],
        mapped=True,
    )


def idx_folder(facts: BuiltIn, datasets: Path) -> Path | None:
    """The first folder with IDX files, plain or gzipped: the user's, the system's, torchvision's download."""
    own = datasets / facts.name
    candidates = (own, SYSTEM_FOLDERS.get(facts.name), own / facts.mark)
    return next((f for f in candidates if f and any((f / stem).is_file() for stem in IDX_STEMS)), None)


def is_present(facts: BuiltIn, datasets: Path) -> bool:
    """Whether a built-in data set can be read from this machine's disk without a download."""
    return idx_folder(facts, datasets) is not None or (datasets / facts.name / facts.mark).exists()
