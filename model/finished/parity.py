"""Whether an export says of images what the model says of them."""

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from model.data.catalog import BuiltIn, facts_of, is_present
from model.data.dataset import generator
from model.data.datasets import load
from model.errors import ModelError
from model.finished.formats import Answer
from model.finished.predict import Card, Model
from model.refusal import SpecError
from model.spec import JobSpec

IMAGES = 128  # that are compared
SECONDS = (
    30.0  # after which no more are: a VGG-16 of 224 pixels comes to sixteen, on a core that is not its own
)
BYTES = 2**28  # of images that are drawn, at most
TOGETHER = 8  # in one pass: an export may take more memory than the model itself


@dataclass(frozen=True, slots=True)
class Parity:
    """On `images` of `split`: "test", or "random" where the data set is not here any more."""

    split: str
    images: int
    largest_difference: float  # of any two probabilities
    agreement: float  # share of images whose likeliest class is the same


def compare(model: Model, answer: Answer, split: str, images: NDArray[np.uint8]) -> Parity:
    """`images` (N, channels, H, W), or as many of the first as can be asked in the time that it may take."""
    theirs, ours = [], []
    began = time.monotonic()
    for start in range(0, len(images), TOGETHER):
        part = images[start : start + TOGETHER]
        theirs.append(answer(part))
        ours.append(_served(model, part))
        if time.monotonic() - began > SECONDS:
            break
    found, expected = np.concatenate(theirs), np.concatenate(ours)
    difference = float(np.abs(found - expected).max())
    agreement = float((found.argmax(1) == expected.argmax(1)).mean())
    return Parity(split, len(found), difference, agreement)


def examples(card: Card, datasets: Path) -> tuple[str, NDArray[np.uint8]]:
    """The split's name, and images of it (N, channels, H, W). Nothing is downloaded."""
    found = drawn(card, datasets, "test", IMAGES)
    if found is not None:
        return "test", found
    shape = (IMAGES, card.channels, card.image_size, card.image_size)
    return "random", np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def drawn(card: Card, datasets: Path, split: Literal["train", "test"], most: int) -> NDArray[np.uint8] | None:
    """Images of the split (N, channels, H, W); None where the set is gone, damaged, or has none there."""
    data = JobSpec.model_validate(card.spec).data
    try:
        facts = facts_of(data, datasets)
        if not data.dataset or (isinstance(facts, BuiltIn) and not is_present(facts, datasets)):
            return None
        found = getattr(load(facts, datasets), split)
    except (ModelError, SpecError):
        return None
    most = min(most, BYTES // math.prod(found.images.shape[1:]))
    places = torch.randperm(len(found), generator=generator(0, 0))[:most]
    return found.images[places].contiguous().numpy() if len(found) else None


def _served(model: Model, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """As the predictor asks it."""
    rows: NDArray[np.float32] = model.probabilities(
        torch.stack([model.preprocess(each) for each in images])
    ).numpy()
    return rows
