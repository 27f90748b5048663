"""That the map lies on what the class is told by."""

from statistics import median
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from model.data.dataset import Dataset, Split, generator
from model.finished.gradcam import gradcam, overlay
from model.network.vgg import VGG
from model.spec import Architecture, JobSpec
from model.training.train import Trainer

SIZE, SQUARE = 32, 8
COLOURS = torch.tensor([[220, 40, 40], [40, 200, 40], [60, 60, 230]])
ARCHITECTURE: dict[str, Any] = {"blocks": [[1, 16], [1, 32]], "classifier": [], "batch_norm": True}
TRAINING = {"optimizer": {"name": "adam", "learning_rate": 0.005}, "batch_size": 32, "max_steps": 40}
UNPOOLED = {"convolutions": 2, "channels": 32, "pool": None}
VARIANTS: dict[str, dict[str, Any]] = {
    "average": {"head": "average"},
    "max": {"head": "max", "activation": "leaky_relu"},
    "flatten": {"head": "flatten", "classifier": [32], "dropout": 0.0},
    "no pooling": {"head": "average", "activation": "gelu", "blocks": [[1, 16], UNPOOLED]},
    "wide window": {"head": "average", "blocks": [[1, 16], {"convolutions": 1, "channels": 32, "pool": 3}]},
}


def squares(images: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Gray noise with a square in a corner, whose colour is the class; the classes; and where it is, bool (N, S, S)."""
    random = generator(seed, 0)
    labels = torch.randint(0, 3, (images,), generator=random)
    corners = torch.randint(0, 2, (images, 2), generator=random) * (SIZE - SQUARE)
    pixels = torch.randint(80, 160, (images, 1, SIZE, SIZE), generator=random).expand(-1, 3, -1, -1).clone()
    places = torch.zeros(images, SIZE, SIZE, dtype=torch.bool)
    for image, place, label, (row, column) in zip(pixels, places, labels, corners.tolist(), strict=True):
        here = slice(row, row + SQUARE), slice(column, column + SQUARE)
        image[:, *here], place[here] = COLOURS[label][:, None, None], True
    return pixels.to(torch.uint8), labels, places


def a_spec(**architecture: Any) -> JobSpec:
    return JobSpec.model_validate(
        {
            "architecture": {**ARCHITECTURE, **architecture},
            "data": {"dataset": "cifar10"},
            "training": TRAINING,
        }
    )


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_map_lies_on_the_square_that_tells_the_class(variant: str) -> None:
    spec = a_spec(**VARIANTS[variant])
    images, labels, places = squares(100, seed=1)
    trainer = Trainer(
        spec,
        Dataset("squares", ("red", "green", "blue"), Split(*squares(400, seed=0)[:2]), Split(images, labels)),
    )
    for _ in trainer:
        pass
    assert trainer.report().accuracy > 0.95
    network = trainer.network.eval()
    near = F.max_pool2d(places[:, None].float(), 9, 1, 4)[
        :, 0
    ].bool()  # and 4 pixels around it: 14 % of the image
    hits, shares = [], []
    for image, label, place in zip(trainer.preprocess(images), labels, near, strict=True):
        heat = gradcam(network, spec.architecture, image[None], int(label))
        assert heat.shape == (SIZE, SIZE)
        assert 0 <= heat.min() < heat.max() == pytest.approx(1)
        hits.append(bool(place.flatten()[heat.argmax()]))
        shares.append(float(heat[place].sum() / heat.sum()))
    assert sum(hits) >= 95
    assert median(shares) > 0.55


def test_a_map_leaves_the_network_as_it_was() -> None:
    network = VGG(Architecture.model_validate(ARCHITECTURE), 3, SIZE, 3).eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    gradcam(network, Architecture.model_validate(ARCHITECTURE), torch.rand(1, 3, SIZE, SIZE), 0)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())


def test_where_nothing_speaks_for_a_class_the_map_is_cold() -> None:
    network = VGG(Architecture.model_validate(ARCHITECTURE), 3, SIZE, 3).eval()
    for parameter in network.parameters():
        torch.nn.init.zeros_(parameter)
    heat = gradcam(network, Architecture.model_validate(ARCHITECTURE), torch.rand(1, 3, SIZE, SIZE), 0)
    assert heat.tolist() == [[0.0] * SIZE] * SIZE


def test_the_overlay_shows_the_picture_where_it_is_cold_and_colours_where_it_is_hot() -> None:
    picture, heat = np.full((2, 2, 1), 100, np.uint8), np.array([[0, 255], [0, 128]], np.uint8)
    mixed = overlay(picture, heat)
    assert mixed.shape == (2, 2, 3)
    assert mixed[:, 0].tolist() == [[100, 100, 100]] * 2
    red, green, blue = mixed[0, 1].tolist()
    assert red == green > 200 > blue
