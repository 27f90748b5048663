"""Test images that a run keeps, to be looked at beside its evaluation: the hardest mistakes, and some of each class.

`pictures.npy` is an array of records, so that whoever maps it reads the one that he wants, without torch:
row int64, in the test split; label int64, its class; sample bool, one of those that are the same for every run on the
data set; pixels uint8 (H, W, C), as the data set has them.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from model.data.dataset import Split
from model.durable import write_whole
from model.evaluation.evaluate import Mistake

SAMPLES = 64
ROOM = 2**25  # bytes for all pixels of a run: pictures of 1024x1024 in colour are 10, those of 224x224 all


def pictures_of(test: Split, hardest: Sequence[Mistake]) -> NDArray[np.void]:
    """Records (N,), the mistakes first, each image once."""
    samples = _spread(test.labels.numpy())
    _, channels, height, width = test.images.shape
    rows = list(dict.fromkeys([*(mistake.index for mistake in hardest), *samples]))
    rows = rows[: ROOM // (channels * height * width)]
    chosen = test.part(torch.tensor(rows, dtype=torch.int64))
    kind = [("row", "<i8"), ("label", "<i8"), ("sample", "?"), ("pixels", "u1", (height, width, channels))]
    records = np.zeros(len(rows), kind)
    records["row"], records["label"], records["sample"] = rows, chosen.labels, np.isin(rows, samples)
    records["pixels"] = chosen.images[:].permute(0, 2, 3, 1)
    return records


def write(path: Path, records: NDArray[np.void]) -> None:
    """As `write_whole`."""
    content = BytesIO()  # into a file NumPy writes by itself, and of a full disk it says no `errno`
    np.save(content, records, allow_pickle=False)
    write_whole(path, content.getbuffer())


def _spread(labels: NDArray[np.int64]) -> list[int]:
    """Rows: one of each class, then a second of each, and so on; of more classes than samples, of every so manieth.

    In an order of chance that is always the same, as neighbours are often alike.
    """
    order = np.random.default_rng(0).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    classes, first = np.unique(labels[order], return_index=True)
    ranks = np.arange(len(labels)) - first[np.searchsorted(classes, labels[order])]
    every = -(-len(classes) // SAMPLES)
    rows: list[int] = order[np.argsort(ranks, kind="stable")][::every][:SAMPLES].tolist()
    return rows
