"""A finished network on disk, `model.safetensors` and `model.json`, and what it says of images."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load, save
from torch import Tensor

from model.calibrated import Calibration
from model.data import Preprocess
from model.durable import write_whole
from model.errors import CheckpointDamaged
from model.images import Fit
from model.spec import JobSpec
from model.vgg import VGG

WEIGHTS, CARD = "model.safetensors", "model.json"


@dataclass(frozen=True, slots=True)
class Card:
    """All that the weights do not say of a model; the content of `model.json`."""

    spec: dict[str, Any]
    dataset: str
    classes: tuple[str, ...]
    channels: int
    image_size: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    step: int
    parameters: int
    sha256: str  # of model.safetensors
    fit: Fit | None = None  # what made each picture square before anything else
    temperature: float = 1.0  # that logits are divided by, for probabilities that can be trusted
    calibrated_on: str | None = None  # which images told the temperature; None: none did


class Model:
    """A network in evaluation mode with its preprocessing and its labels."""

    def __init__(self, card: Card, network: VGG, device: torch.device) -> None:
        self.card, self.device = card, device
        self.classes, self.channels, self.image_size = card.classes, card.channels, card.image_size
        self.step, self.fit = card.step, card.fit
        self._preprocess = Preprocess(card.image_size, card.mean, card.deviation)
        self._network = network.to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
        self.bytes = sum(value.nbytes for value in network.state_dict().values())

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> "Model":
        """FileNotFoundError when there is none; CheckpointDamaged when the weights are not the card's."""
        card = read_card(folder)
        content = (folder / WEIGHTS).read_bytes()
        if hashlib.sha256(content).hexdigest() != card.sha256:
            raise CheckpointDamaged(f"{folder / WEIGHTS} does not match the checksum in {CARD}")
        spec = JobSpec.model_validate(card.spec)
        with torch.device("meta"):  # no time for random weights that are replaced at once
            network = VGG(spec.architecture, card.channels, card.image_size, len(card.classes))
        network.load_state_dict(load(content), assign=True)
        return cls(card, network, torch.device(device))

    def preprocess(self, image: NDArray[np.uint8]) -> Tensor:
        """uint8 (channels, H, W) of any size to float (channels, image_size, image_size), as in training."""
        pixels: Tensor = self._preprocess(torch.from_numpy(image)[None])[0]
        return pixels

    @torch.inference_mode()
    def probabilities(self, batch: Tensor) -> Tensor:
        """(N, channels, image_size, image_size) to (N, classes), calibrated, each row summing to one, on the CPU."""
        images = batch.to(self.device, memory_format=torch.channels_last)
        probabilities: Tensor = self._network(images).float().div(self.card.temperature).softmax(1).cpu()
        return probabilities


def write(
    folder: Path,
    spec: JobSpec,
    network: VGG,
    preprocess: Preprocess,
    dataset: str,
    classes: tuple[str, ...],
    channels: int,
    step: int,
    fit: Fit | None = None,
    calibration: Calibration | None = None,
) -> Card:
    """The card is renamed into place last: a folder with a card holds a whole model."""
    weights = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    content = save(weights)
    card = Card(
        spec=spec.model_dump(mode="json"),
        dataset=dataset,
        classes=classes,
        channels=channels,
        image_size=preprocess.image_size,
        mean=preprocess.mean,
        deviation=preprocess.deviation,
        step=step,
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        sha256=hashlib.sha256(content).hexdigest(),
        fit=fit,
        temperature=calibration.temperature if calibration else 1.0,
        calibrated_on=calibration.fitted_on if calibration else None,
    )
    write_whole(folder / WEIGHTS, content)
    write_whole(folder / CARD, json.dumps({**asdict(card), "fit": fit and fit._asdict()}).encode())
    return card


def read_card(folder: Path) -> Card:
    fields = json.loads((folder / CARD).read_bytes())
    tuples = {name: tuple(fields[name]) for name in ("classes", "mean", "deviation")}
    fit = fields.get("fit")  # older cards have none
    return Card(**{**fields, **tuples, "fit": fit and Fit(**fit)})
