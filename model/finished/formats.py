"""Formats that a model is exported to: how each is written, and how its own runtime reads it.

All hold the weights and, as JSON texts by name, what `facts` says: labels, preprocessing, where it comes from.
`onnx` and `torch` also hold the computation, from uint8 images of any size to probabilities.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save
from torch import nn
from torch.export import Dim, ExportedProgram

from model import telemetry
from model.errors import ExportRefused
from model.finished.exported import Format
from model.finished.predict import Card, Model
from model.finished.servable import Servable
from model.network.vgg import VGG
from model.spec import JobSpec

ONNX_BYTES = 2**31 - 2**24  # a protobuf message ends at 2 GiB; the rest is for the graph
FACTS = "facts.json"  # in a torch archive
SIZES = ({0: Dim("images"), 2: Dim("height"), 3: Dim("width")},)  # that are anybody's choice

Answer = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""uint8 images (N, channels, H, W) to probabilities (N, classes)."""


@dataclass(frozen=True, slots=True)
class Kind:
    write: Callable[[Model, Path], None]  # ExportRefused, OSError
    read: Callable[[Path], Answer]
    packages: tuple[str, ...]  # that write it and read it


def facts(card: Card) -> dict[str, Any]:
    """What goes into every file beside the network."""
    return {
        "labels": card.classes,
        "channels": card.channels,
        "image_size": card.image_size,
        "mean": card.mean,
        "deviation": card.deviation,
        "temperature": card.temperature,
        "fit": card.fit and card.fit._asdict(),
        "dataset": card.dataset,
        "step": card.step,
        "sha256": card.sha256,
        "spec": card.spec,
    }


def _write_safetensors(model: Model, path: Path) -> None:
    weights = {name: value.contiguous() for name, value in model.network.state_dict().items()}
    path.write_bytes(save(weights, {name: json.dumps(value) for name, value in facts(model.card).items()}))


def _read_safetensors(path: Path) -> Answer:
    """The network is built from what the file says, and nothing else."""
    with safe_open(path, "pt") as file:
        said = {name: json.loads(value) for name, value in file.metadata().items()}
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
    architecture = JobSpec.model_validate(said["spec"]).architecture
    network = VGG(architecture, said["channels"], said["image_size"], len(said["labels"]))
    network.load_state_dict(weights)
    around = (said[name] for name in ("image_size", "mean", "deviation", "temperature"))
    return _answer(Servable(network, *around))


def _write_torch(model: Model, path: Path) -> None:
    archive = BytesIO()  # torch's own writer does not say when the disk is full
    torch.export.save(_program(model), archive, extra_files={FACTS: json.dumps(facts(model.card))})
    path.write_bytes(archive.getbuffer())


def _read_torch(path: Path) -> Answer:
    return _answer(torch.export.load(path).module())


def _write_onnx(model: Model, path: Path) -> None:
    if model.bytes > ONNX_BYTES:
        raise ExportRefused(f"the weights are {model.bytes:,} bytes, and an ONNX file has 2 GiB at most")
    program = torch.onnx.export(
        _program(model),
        dynamo=True,
        verbose=False,
        input_names=["images"],
        output_names=["probabilities"],
        dynamic_shapes=SIZES,  # for their names; otherwise the program has them already
    )
    assert program is not None
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()  # where in our source it came from
    program.model.metadata_props.update(
        {name: json.dumps(value) for name, value in facts(model.card).items()}
    )
    program.save(path, external_data=False)


def _read_onnx(path: Path) -> Answer:
    telemetry.switch_off()
    from onnxruntime import InferenceSession  # only here: it takes half a second

    session = InferenceSession(path, providers=["CPUExecutionProvider"])

    def answer(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        (probabilities,) = session.run(["probabilities"], {"images": images})
        return np.asarray(probabilities)

    return answer


KINDS: dict[Format, Kind] = {
    "safetensors": Kind(_write_safetensors, _read_safetensors, ("safetensors", "torch")),
    "onnx": Kind(_write_onnx, _read_onnx, ("onnx", "onnxruntime", "onnxscript", "torch")),
    "torch": Kind(_write_torch, _read_torch, ("torch",)),
}


def _program(model: Model) -> ExportedProgram:
    """Any number of images of any size."""
    card = model.card
    servable = Servable(model.network, card.image_size, card.mean, card.deviation, card.temperature)
    # No two sizes are alike, and none is 1, which the exporter would take for one and the same, and for fixed.
    example = torch.zeros(2, card.channels, 30, 31, dtype=torch.uint8)
    program = torch.export.export(servable, (example,), dynamic_shapes=SIZES)
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # paths of this machine
    return program


def _answer(module: nn.Module) -> Answer:
    def answer(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            probabilities: NDArray[np.float32] = module(torch.from_numpy(images)).numpy()
        return probabilities

    return answer
