"""Small models on disk, and pictures."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from model.data.dataset import Preprocess
from model.data.images import Fit
from model.finished.predict import write
from model.network.vgg import VGG
from model.spec import JobSpec

LABELS = ("shirt", "sneaker", "bag", "boot")
SPEC = JobSpec.model_validate(
    {
        "architecture": {"blocks": [[1, 4]], "classifier": []},
        "data": {"classes": len(LABELS), "channels": 3, "image_size": 8},
        "training": {"max_steps": 1, "batch_size": 1, "optimizer": {"name": "sgd", "learning_rate": 0.1}},
    }
)

SaveModel = Callable[..., Path]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def save_model(home: Path) -> SaveModel:
    """Writes an untrained model, its weights drawn by `seed` or all `weight`, to `home / name`."""

    def save(
        name: str = "model",
        seed: int = 0,
        weight: float | None = None,
        fit: Fit | None = None,
        labels: tuple[str, ...] = LABELS,
    ) -> Path:
        torch.manual_seed(seed)
        network = VGG(SPEC.architecture, 3, 8, len(LABELS))
        if weight is not None:
            for parameter in network.parameters():
                torch.nn.init.constant_(parameter, weight)
        preprocess = Preprocess(8, (0.5,) * 3, (0.2,) * 3)
        write(home / name, SPEC, network, preprocess, "none", labels, 3, step=7, fit=fit)
        return home / name

    return save


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """A PNG of noise drawn by `seed`."""

    def draw(seed: int = 0, size: tuple[int, int] = (12, 10)) -> bytes:
        file = BytesIO()
        noise = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
        Image.fromarray(noise).save(file, "PNG")
        return file.getvalue()

    return draw
