"""The training split of Fashion-MNIST for peers that bring no reader of their own. NumPy is all it takes."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
SIZE = 28
IMAGES_START, LABELS_START = 16, 8  # bytes of the headers (yann.lecun.com/exdb/mnist)


def train_split(root: Path) -> tuple[Bytes, Bytes]:
    """Images (60000, 28, 28) and labels (60000,), from the folder that torchvision's class would read."""
    raw = root / "FashionMNIST" / "raw"
    images = np.fromfile(raw / "train-images-idx3-ubyte", np.uint8, offset=IMAGES_START)
    labels = np.fromfile(raw / "train-labels-idx1-ubyte", np.uint8, offset=LABELS_START)
    return images.reshape(-1, SIZE, SIZE), labels
