"""A data set that is made in no time."""

import pytest
import torch

from model.data.dataset import Dataset, Split


@pytest.fixture(scope="session")
def stripes() -> Dataset:
    """Three classes of 12x12 images that differ in where the bright band is, in noise."""
    random = torch.Generator().manual_seed(0)

    def split(n: int) -> Split:
        labels = torch.randint(0, 3, (n,), generator=random)
        images = torch.randint(0, 120, (n, 1, 12, 12), generator=random)
        for i, label in enumerate(labels):
            images[i, 0, 4 * label : 4 * label + 4] += 120
        return Split(images.to(torch.uint8), labels)

    return Dataset("stripes", ("top", "middle", "bottom"), split(120), split(60))
