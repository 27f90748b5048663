"""Data sets for training: built-in ones read or downloaded through torchvision, prepared ones mapped, all checked."""

import gzip
import logging
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.data import packed
from model.data.catalog import SYSTEM_FOLDERS, BuiltIn, DatasetFacts, idx_folder
from model.data.dataset import Dataset, Split
from model.data.readahead import Readahead
from model.data.rows import Rows
from model.errors import DatasetDamaged, DatasetMissing

LOG = logging.getLogger(__name__)
IDX_UINT8 = 8  # the type byte of IDX files of unsigned bytes (yann.lecun.com/exdb/mnist)
FASHION = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
UPLOAD_AGAIN = "Delete the data set and upload it again."
KANA = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
LABELS = {"fashion-mnist": FASHION, "kmnist": KANA}
# What torchvision's classes want to be told for (train, test), where that is not train=True and train=False.
ARGUMENTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "emnist": ({"split": "balanced", "train": True}, {"split": "balanced", "train": False}),
    "svhn": ({"split": "train"}, {"split": "test"}),
    "stl10": ({"split": "train"}, {"split": "test"}),
}


def load(facts: DatasetFacts, datasets: Path) -> Dataset:
    """`datasets` is the folder that holds one folder for each set. DatasetMissing, DatasetDamaged."""
    if not isinstance(facts, BuiltIn):
        return _mapped(facts, datasets / facts.name)
    folder = idx_folder(facts, datasets)
    dataset = _from_idx(facts, folder) if folder else _from_torchvision(facts, datasets / facts.name)
    found = (len(dataset.train), len(dataset.test), len(dataset.classes))
    if found != (facts.train_images, facts.test_images, facts.classes):
        raise DatasetDamaged(f"{facts.name} has {found} training images, test images and classes")
    return dataset


def _mapped(facts: DatasetFacts, folder: Path) -> Dataset:
    """Reads the labels, and maps the images."""
    try:
        card = packed.Packed.read(folder)
        images, labels = packed.images(folder), packed.labels(folder)
    except (OSError, ValueError) as error:  # ValueError: shorter than its header says
        raise DatasetDamaged(f"{facts.name} cannot be read: {error}", UPLOAD_AGAIN) from error
    counts = [card.images[split] for split in ("train", "validation", "test")]
    shape = (sum(counts), card.image_size, card.image_size, card.channels)
    if (
        images.shape != shape
        or labels.shape != shape[:1]
        or not 0 <= labels.min() <= labels.max() < facts.classes
    ):
        raise DatasetDamaged(f"the images and labels of {facts.name} do not belong together", UPLOAD_AGAIN)
    flat = np.asarray(images).reshape(len(images), -1)
    rows = Rows(folder, card, flat, torch.arange(len(flat)), Readahead(images))
    whole = Split(rows, torch.from_numpy(labels))
    train, validation, test = (whole.part(part) for part in torch.split(torch.arange(len(flat)), counts))
    return Dataset(facts.name, card.classes, train, test, validation if counts[1] else None, card.square)


def _from_idx(facts: BuiltIn, folder: Path) -> Dataset:
    splits = {}
    for split, stem in (("train", "train"), ("test", "t10k")):
        images = read_idx(folder / f"{stem}-images-idx3-ubyte", 3)[:, None]
        labels = read_idx(folder / f"{stem}-labels-idx1-ubyte", 1).long()
        if len(images) != len(labels) or int(labels.max()) >= facts.classes:
            raise DatasetDamaged(f"{folder}: the {split} images and labels do not belong together")
        splits[split] = Split(images, labels)
    names = LABELS.get(facts.name, tuple(str(digit) for digit in range(facts.classes)))
    return Dataset(facts.name, names, splits["train"], splits["test"])


def read_idx(path: Path, dimensions: int) -> Tensor:
    """The uint8 tensor in an IDX file, plain or with `.gz` added. DatasetDamaged names a file that is not whole."""
    path = path if path.is_file() else path.with_name(f"{path.name}.gz")
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        raise DatasetDamaged(f"{path} cannot be read: {error}") from error
    start = 4 + 4 * dimensions
    if len(content) < start or content[:4] != bytes((0, 0, IDX_UINT8, dimensions)):
        raise DatasetDamaged(f"{path} is not an IDX file of {dimensions} dimensions")
    shape = tuple(np.frombuffer(content, ">u4", dimensions, 4).tolist())
    if len(content) - start != int(np.prod(shape)):
        raise DatasetDamaged(f"{path} is truncated: {len(content) - start} bytes of {int(np.prod(shape))}")
    return torch.from_numpy(np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy())


def _from_torchvision(facts: BuiltIn, folder: Path) -> Dataset:
    from torchvision import datasets  # brings torch's compiler, which takes as long to import as torch itself

    source = getattr(datasets, facts.torchvision)
    arguments = ARGUMENTS.get(facts.name, ({"train": True}, {"train": False}))
    LOG.info("Reading %s below %s, downloading it if it is not there", facts.name, folder)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        train, test = (source(folder, download=True, **which) for which in arguments)
    except (OSError, RuntimeError) as error:
        raise DatasetMissing(
            f"{facts.name} is not on this machine and its download failed: {error}", _cure(facts, folder)
        ) from error
    classes = getattr(train, "classes", None) or [str(digit) for digit in range(facts.classes)]
    return Dataset(facts.name, tuple(classes), _split(train), _split(test))


def _split(source: object) -> Split:
    """torchvision keeps (N, H, W), (N, H, W, C) or (N, C, H, W), as tensor or array, under two names."""
    images = torch.as_tensor(np.asarray(source.data))  # type: ignore[attr-defined]
    labels = torch.as_tensor(np.asarray(getattr(source, "targets", getattr(source, "labels", None)))).long()
    if images.ndim == 3:
        images = images[:, None]
    elif images.shape[-1] == 3:
        images = images.permute(0, 3, 1, 2)
    return Split(images.contiguous(), labels)


def _cure(facts: DatasetFacts, folder: Path) -> str:
    elsewhere = f"Connect the worker's machine to the net, or put the set's files into {folder}."
    return (
        f"On Debian: apt-get install dataset-fashion-mnist. {elsewhere}"
        if facts.name in SYSTEM_FOLDERS
        else elsewhere
    )
