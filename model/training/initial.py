"""A network that begins with the weights of another: a job's model, or torchvision's for ImageNet."""

import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load, load_file
from torch import Tensor, nn

from model.errors import CheckpointDamaged, WeightsForeign, WeightsMissing
from model.finished.predict import WEIGHTS, read_card
from model.network.vgg import VGG, from_torchvision
from model.spec import Architecture, JobSpec

LOG = logging.getLogger(__name__)
LOGITS = "classifier.logits."
FIRST = "features.0.conv1.weight"


@dataclass(frozen=True, slots=True)
class Source:
    tensors: Mapping[str, Tensor]  # under the names of our networks
    classes: tuple[str, ...]  # what its last layer tells apart; empty for ImageNet's thousand
    name: str


def from_model(folder: Path) -> Source:
    """A finished job's model. WeightsMissing, CheckpointDamaged."""
    try:
        card, content = read_card(folder), (folder / WEIGHTS).read_bytes()
    except FileNotFoundError as error:
        raise WeightsMissing(f"there is no finished model in {folder}") from error
    if hashlib.sha256(content).hexdigest() != card.sha256:
        raise CheckpointDamaged(f"{folder / WEIGHTS} does not match its checksum")
    return Source(load(content), card.classes, "the job's model")


def from_imagenet(architecture: Architecture, weights: Path) -> Source:
    """torchvision's weights of the preset with these blocks, from the folder `weights`, else downloaded into it.

    There they are called as torchvision calls them, `vgg11-8a719046.pth`, or by the preset, `vgg11.safetensors`.
    WeightsForeign where that is another network's file, WeightsMissing.
    """
    from torchvision import models  # brings torch's compiler, which takes as long to import as torch itself

    name = architecture.published or ""
    url = models.get_model_weights(name).IMAGENET1K_V1.url
    with torch.device("meta"):
        plain = VGG(Architecture.model_validate({"preset": name}), 3, 224, 1000)
        theirs = models.get_model(name).state_dict()
    try:
        found = _in_order(_read(name, url, weights), theirs)
        return Source(from_torchvision(plain, found), (), f"ImageNet's {name}")
    except (KeyError, ValueError) as error:
        raise WeightsForeign(f"the file of {name} in {weights} holds another network: {error}") from error


def source_of(spec: JobSpec, model: Path | None, weights: Path) -> Source | None:
    """What a spec begins with; `model` is the folder of the job that it names. WeightsMissing, WeightsForeign."""
    if spec.init_from is None:
        return None
    if spec.init_from.weights:
        return from_imagenet(spec.architecture, weights)
    if model is None:
        hint = "Give the folder of its model: --init-from FOLDER."
        raise WeightsMissing(f"the spec begins with the model of {spec.init_from.job}", hint)
    return from_model(model)


def freeze(network: VGG, names: Iterable[str]) -> tuple[nn.Module, ...]:
    """Layers that are trained no more; to be in evaluation mode always, so that their statistics stay as well."""
    layers = tuple(network.get_submodule(name) for name in names)
    for layer in layers:
        layer.requires_grad_(False)
    return layers


def begin_with(source: Source, network: VGG, classes: tuple[str, ...]) -> tuple[str, ...]:
    """Copies what fits; the names of tensors that stay random. WeightsForeign unless every convolution fits.

    The first convolution takes gray images for coloured ones and the other way round: its weights are summed over
    the channels, or shared among them, which is the same for a gray picture (as timm has it).
    """
    own, new = network.state_dict(), []
    for name, value in own.items():
        given = source.tensors.get(name)
        if given is not None and name == FIRST:
            given = _for_channels(given, value.shape[1])
        if (
            given is None
            or given.shape != value.shape
            or (name.startswith(LOGITS) and source.classes != classes)
        ):
            new.append(name)
        else:
            value.copy_(given)
    if wrong := [name for name in new if name.startswith("features")]:
        raise WeightsForeign(f"{source.name} has no {wrong[0]} of the shape {tuple(own[wrong[0]].shape)}")
    return tuple(new)


def _in_order(found: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """As torchvision lists them: safetensors sorts, and old files know no `num_batches_tracked`. KeyError."""
    counters = {name: torch.tensor(0) for name in theirs if name.endswith("num_batches_tracked")}
    whole = {**counters, **found}
    return {name: whole[name] for name in theirs}


def _for_channels(weight: Tensor, channels: int) -> Tensor:
    """(out, in, k, k) for images of so many channels."""
    if weight.shape[1] == channels:
        return weight
    total = weight.sum(1, keepdim=True)
    return total.expand(-1, channels, -1, -1) / channels


def _read(name: str, url: str, weights: Path) -> dict[str, Tensor]:
    own = weights / f"{name}.safetensors"
    if own.is_file():
        return load_file(own)
    path = weights / url.rpartition("/")[2]
    try:
        if not path.is_file():
            LOG.info("Downloading %s into %s", path.name, weights)
            weights.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(url, str(path), path.stem.rpartition("-")[2], progress=False)
        found: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError) as error:
        hint = f"Connect the worker's machine to the net, or put {path.name} into {weights}."
        raise WeightsMissing(f"the weights of {name} are not on this machine: {error}", hint) from error
    return found
