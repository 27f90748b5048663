"""The data sets that are known by name, and where their files are looked for. No torch."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

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
    torchvision: str  # its class there
    mark: str  # a file that is there once torchvision has downloaded the set


BUILT_IN = {
    facts.name: facts
    for facts in (
        DatasetFacts("fashion-mnist", 1, 28, 10, 60_000, 10_000, "FashionMNIST", "FashionMNIST/raw"),
        DatasetFacts("mnist", 1, 28, 10, 60_000, 10_000, "MNIST", "MNIST/raw"),
        DatasetFacts("kmnist", 1, 28, 10, 60_000, 10_000, "KMNIST", "KMNIST/raw"),
        DatasetFacts("emnist", 1, 28, 47, 112_800, 18_800, "EMNIST", "EMNIST/raw"),  # "balanced" split
        DatasetFacts("cifar10", 3, 32, 10, 50_000, 10_000, "CIFAR10", "cifar-10-batches-py"),
        DatasetFacts("cifar100", 3, 32, 100, 50_000, 10_000, "CIFAR100", "cifar-100-python"),
        DatasetFacts("svhn", 3, 32, 10, 73_257, 26_032, "SVHN", "train_32x32.mat"),
        DatasetFacts("stl10", 3, 96, 10, 5_000, 8_000, "STL10", "stl10_binary"),
    )
}
SYSTEM_FOLDERS = {
    "fashion-mnist": Path("/usr/share/datasets/fashion-mnist")
}  # Debian's dataset-fashion-mnist
IDX_STEMS = ("train-images-idx3-ubyte", "train-images-idx3-ubyte.gz")


def facts_of(data: Data) -> DatasetFacts:
    """The facts of a spec's data set, or those that it states itself; `SpecError` for an unknown name."""
    if data.dataset is None:
        shape = (
            data.channels or 0,
            data.image_size or 0,
            data.classes or 0,
        )  # Data's validator saw to all three
        return DatasetFacts("", *shape, 0, 0, "", "")
    if data.dataset not in BUILT_IN:
        near = get_close_matches(data.dataset.lower(), BUILT_IN, 1)
        known = ", ".join(BUILT_IN)
        raise SpecError(
            "/data/dataset", "unknown_dataset", f"known data sets: {known}", near[0] if near else None
        )
    return BUILT_IN[data.dataset]


def idx_folder(facts: DatasetFacts, datasets: Path) -> Path | None:
    """The first folder with IDX files, plain or gzipped: the user's, the system's, torchvision's download."""
    own = datasets / facts.name
    candidates = (own, SYSTEM_FOLDERS.get(facts.name), own / facts.mark)
    return next((f for f in candidates if f and any((f / stem).is_file() for stem in IDX_STEMS)), None)


def is_present(facts: DatasetFacts, datasets: Path) -> bool:
    """Whether a built-in data set can be read from this machine's disk without a download."""
    return idx_folder(facts, datasets) is not None or (datasets / facts.name / facts.mark).exists()
