"""How well a model tells images that are not of its kind: `ood`, beside the probability of the likeliest class.

The figure is the AUROC: how often an image of another kind gets the higher score of the two, against a test image. That
one's own images turned or inverted are another kind is a hard case: a coat upside down is nearly a coat.
"""

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.record import Figure, of
from benchmarks.service import datasets
from model.data.catalog import BUILT_IN
from model.data.datasets import load
from model.data.images import decode
from model.finished.predict import Model
from model.runs.folder import MODEL
from model.runs.run import Run
from model.spec import JobSpec

SPEC = Path(__file__).parents[1] / "examples" / "fashion-fast.json"
PHOTOGRAPHS = Path("/usr/share/tuxpaint/stamps")  # Debian's package tuxpaint-stamps-default
IMAGES = 500  # of each kind
PIXELS = 10**8  # in a photograph, at most
Pixels = NDArray[np.uint8]


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as out:
        for _ in Run(JobSpec.model_validate(json.loads(SPEC.read_text())), datasets(), Path(out)):
            pass
        return figures(Model.load(Path(out) / MODEL))


def figures(model: Model) -> list[Figure]:
    test = load(BUILT_IN["fashion-mnist"], datasets()).test.images
    assert isinstance(test, Tensor)
    usual = scores(model, test[-IMAGES:].numpy())
    found = []
    for kind, images in kinds(test[: 2 * IMAGES : 2]).items():
        values = (100 * auroc(*pair) for pair in zip(usual, scores(model, images), strict=True))
        found.append(of(f"fashion-fast: AUROC for {kind}, by ood, by probability", "%", *values))
    return found


def kinds(own: Tensor) -> dict[str, Iterable[Pixels]]:
    """Images (1, H, W) of each kind."""
    random = torch.Generator().manual_seed(0)
    places = torch.randperm(own[0].numel(), generator=random)
    made: dict[str, Iterable[Pixels]] = {
        "noise": torch.randint(0, 256, own.shape, generator=random, dtype=torch.uint8).numpy(),
        "scrambled clothes": own.flatten(1)[:, places].view(own.shape).numpy(),
        "inverted clothes": (255 - own).numpy(),
        "clothes upside down": own.flip(2).numpy(),
    }
    paths = sorted(PHOTOGRAPHS.rglob("*.png"))
    if paths:
        made["photographs"] = (
            decode(path.read_bytes(), 1, PIXELS) for path in paths[:: len(paths) // IMAGES or 1]
        )
    return made


def scores(model: Model, images: Iterable[Pixels]) -> tuple[Tensor, Tensor]:
    """`ood`, and how unlikely the likeliest class is (N,)."""
    looked = [model.look(model.preprocess(image)[None]) for image in images]
    probabilities, ood = (torch.cat(parts) for parts in zip(*looked, strict=True))
    return ood, -probabilities.amax(1)


def auroc(usual: Tensor, other: Tensor) -> float:
    """Ties count half."""
    difference = other[:, None] - usual[None]
    return float((difference > 0).double().mean() + (difference == 0).double().mean() / 2)
