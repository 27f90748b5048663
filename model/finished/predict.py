"""A finished network on disk, and what it says of images.

`model.safetensors` holds its weights, `familiar.safetensors` what it remembers of its training images, `model.json` the
rest.
"""

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load, save
from torch import Tensor

from model.data.dataset import Preprocess
from model.data.images import Fit
from model.durable import write_whole
from model.engines.engine import Engine
from model.engines.table import FIRST, opened
from model.errors import CheckpointDamaged
from model.evaluation.calibrated import Calibration
from model.evaluation.familiar import Familiar, directions
from model.finished import tried
from model.finished.gradcam import gradcam
from model.network.vgg import VGG
from model.spec import JobSpec

LOG = logging.getLogger(__name__)
WEIGHTS, FAMILIAR, CARD = "model.safetensors", "familiar.safetensors", "model.json"


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
    familiar_sha256: str | None = None  # of familiar.safetensors; None: there is none
    familiar_quantiles: tuple[float, ...] = ()  # see `Familiar`


class Model:
    """A network in evaluation mode with its preprocessing and its labels.

    `engine` computes all but its last layer, and may be replaced between two passes.
    """

    def __init__(
        self, card: Card, network: VGG, device: torch.device, familiar: Familiar | None = None
    ) -> None:
        self.card, self.device, self.familiar = card, device, familiar
        self.classes, self.channels, self.image_size = card.classes, card.channels, card.image_size
        self.step, self.fit = card.step, card.fit
        self._preprocess = Preprocess(card.image_size, card.mean, card.deviation)
        self.network = network.to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
        self._architecture = JobSpec.model_validate(card.spec).architecture
        self.engine = opened(FIRST, self.network, Path())
        held = [*network.state_dict().values(), *([familiar.known] if familiar else [])]
        self.bytes = sum(value.nbytes for value in held)

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> "Model":
        """FileNotFoundError when there is none; CheckpointDamaged when the weights are not the card's."""
        card = read_card(folder)
        content = _read(folder / WEIGHTS, card.sha256)
        spec = JobSpec.model_validate(card.spec)
        with torch.device("meta"):  # no time for random weights that are replaced at once
            network = VGG(spec.architecture, card.channels, card.image_size, len(card.classes))
        network.load_state_dict(load(content), assign=True)
        return cls(card, network, torch.device(device), _familiar(folder, card, device))

    def proven_engine(self, folder: Path) -> Engine:
        """What a trial on this machine chose for the model in `folder`; torch in fp32 where none did.

        CheckpointDamaged where its files are not those of the trial; one that cannot be opened any more raises what its
        library has against it.
        """
        trial = tried.read(folder, self.device.type)
        if trial is None:
            return opened(FIRST, self.network, folder)
        place = tried.folder(folder, trial.machine)
        if trial.files.items() - tried.checksums(place).items():
            raise CheckpointDamaged(f"the files in {place} are not those of the trial")
        return opened(trial.engine, self.network, place)

    def serve_by(self, engine: Engine) -> None:
        self.bytes += engine.bytes - self.engine.bytes
        self.engine = engine

    def preprocess(self, image: NDArray[np.uint8]) -> Tensor:
        """uint8 (channels, H, W) of any size to float (channels, image_size, image_size), as in training."""
        pixels: Tensor = self._preprocess(torch.from_numpy(image)[None])[0]
        return pixels

    def probabilities(self, batch: Tensor) -> Tensor:
        """(N, channels, image_size, image_size) to (N, classes), calibrated, each row summing to one, on the CPU."""
        return self.look(batch)[0]

    def look(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """`probabilities`, and how unfamiliar each image is (N,), as `Familiar` tells it, else NaN; in one pass.

        By the engine; from the first time that it fails by torch in fp32.
        """
        try:
            return self.look_by(self.engine, batch)
        except torch.OutOfMemoryError:
            raise  # smaller batches may do
        except Exception:
            if self.engine.name == FIRST:
                raise
            LOG.exception("%s fails: from now on %s serves", self.engine.name, FIRST)
        self.serve_by(opened(FIRST, self.network, Path()))
        return self.look_by(self.engine, batch)

    @torch.inference_mode()
    def look_by(self, engine: Engine, batch: Tensor) -> tuple[Tensor, Tensor]:
        """As `look`, by this engine or not at all: raises whatever it raises."""
        hidden, peaks = engine.see(batch.to(self.device, memory_format=torch.channels_last))
        with engine.threads():
            logits = self.network.decide(hidden)
            probabilities = logits.div(self.card.temperature).softmax(1).cpu()
            if self.familiar is None:
                return probabilities, torch.full((len(batch),), torch.nan)
            return probabilities, self.familiar.unfamiliar(directions(peaks))

    def explain(self, pixels: Tensor, target: int) -> NDArray[np.uint8]:
        """The map (S, S) of where in an image (channels, S, S) class number `target` is seen: `gradcam.py`."""
        image = pixels[None].to(self.device, memory_format=torch.channels_last)
        heat = gradcam(self.network, self._architecture, image, target)
        return heat.mul(255).round().to(torch.uint8).cpu().numpy()

    def picture(self, pixels: Tensor) -> NDArray[np.uint8]:
        """What `preprocess` made, as it looks: (S, S, channels)."""
        return self._preprocess.shown(pixels[None])[0].permute(1, 2, 0).numpy()


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
    familiar: Familiar | None = None,
) -> Card:
    """The card is renamed into place last: a folder with a card holds a whole model."""
    weights = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    content = save(weights)
    known = save({"known": familiar.known.T.contiguous()}) if familiar else None
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
        familiar_sha256=hashlib.sha256(known).hexdigest() if known else None,
        familiar_quantiles=tuple(familiar.quantiles.tolist()) if familiar else (),
    )
    write_whole(folder / WEIGHTS, content)
    if known:
        write_whole(folder / FAMILIAR, known)
    write_whole(folder / CARD, json.dumps({**asdict(card), "fit": fit and fit._asdict()}).encode())
    return card


def read_card(folder: Path) -> Card:
    fields = json.loads((folder / CARD).read_bytes())
    fields.setdefault("familiar_quantiles", ())  # older cards have neither these
    fit = fields.get("fit")  # nor this
    tuples = {name: tuple(fields[name]) for name in ("classes", "mean", "deviation", "familiar_quantiles")}
    return Card(**{**fields, **tuples, "fit": fit and Fit(**fit)})


def _familiar(folder: Path, card: Card, device: str) -> Familiar | None:
    if card.familiar_sha256 is None:
        return None
    known = load(_read(folder / FAMILIAR, card.familiar_sha256))["known"]
    return Familiar(known.T.contiguous().to(device), np.array(card.familiar_quantiles))


def _read(path: Path, sha256: str) -> bytes:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise CheckpointDamaged(f"{path} does not match the checksum in {CARD}")
    return content
