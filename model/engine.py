"""What computes a network up to its last layer: torch in fp32, or something faster that has proved to agree with it.

The last layer, the temperature and the comparison with known images are the model's own, in fp32, whoever computed what
goes into them. `model.trial` tries the engines of this table beside the first of them.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.export import Dim

from model import compiled, telemetry
from model.device import has_native_bf16
from model.familiar import peaks
from model.vgg import VGG

OPENVINO = "openvino.xml"  # and a .bin of fp32 weights beside it
ONE_IMAGE = "torch-bf16.pt2"  # compiled, where that wins


class Seen(NamedTuple):
    """Of N images."""

    hidden: Tensor  # fp32 (N, width): what the last layer takes
    peaks: Tensor  # fp32 (N, C): the largest value of each of the last maps


See = Callable[[Tensor], Seen]
"""Of images (N, channels, S, S) as the model prepares them, on the model's device."""


@dataclass(frozen=True, slots=True)
class Engine:
    name: str
    see: See
    bytes: int  # of memory beside the network's own weights
    threads: Callable[[], AbstractContextManager[None]]  # of torch, for what is left to do after it


class Body(nn.Module):
    """The network without its last layer, in its own weights' precision."""

    def __init__(self, network: VGG) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.network.features(images.to(next(self.network.parameters()).dtype))
        return self.network.reduce(maps).float(), peaks(maps)


@dataclass(frozen=True, slots=True)
class Kind:
    """How an engine is made: `write` once, in a process of its own, which may take a minute; `open` at every load."""

    usable: Callable[[torch.device], bool]
    open: Callable[[VGG, Path], tuple[See, int]]  # from what `write` left in a folder; also `Engine.bytes`
    write: Callable[[VGG, Tensor, Path], None] | None = None  # with an example of two images
    threads: Callable[[], AbstractContextManager[None]] = nullcontext


def _open_fp32(network: VGG, folder: Path) -> tuple[See, int]:
    body = Body(network)
    return lambda images: Seen(*body(images)), 0


def _bf16(network: VGG) -> Body:
    """The weights are rounded once, not at every pass as autocast does it."""
    return copy.deepcopy(Body(network)).to(torch.bfloat16).requires_grad_(False)


def _write_bf16(network: VGG, example: Tensor, folder: Path) -> None:
    if next(network.parameters()).device.type == "cpu":
        image = example[:1].contiguous(memory_format=torch.channels_last)
        compiled.write(_bf16(network), image, folder / ONE_IMAGE)


def _open_bf16(network: VGG, folder: Path) -> tuple[See, int]:
    body = _bf16(network)
    alone = compiled.read(folder / ONE_IMAGE) if (folder / ONE_IMAGE).exists() else body

    def see(images: Tensor) -> Seen:
        return Seen(*(alone if len(images) == 1 else body)(images))

    return see, _bytes(body) * (1 if alone is body else 2)


def _openvino() -> Any:
    telemetry.switch_off()
    return import_module("openvino")


def _write_openvino(network: VGG, example: Tensor, folder: Path) -> None:
    openvino = _openvino()
    body = copy.deepcopy(Body(network)).requires_grad_(False)
    program = torch.export.export(body, (example,), dynamic_shapes=({0: Dim("images")},))
    openvino.save_model(openvino.convert_model(program), folder / OPENVINO, compress_to_fp16=False)


def _open_openvino(network: VGG, folder: Path) -> tuple[See, int]:
    openvino = _openvino()
    plan = {
        "INFERENCE_PRECISION_HINT": "bf16",
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "NUM_STREAMS": 1,  # two of half the threads would take twice as long for one image
        "ENABLE_CPU_PINNING": False,  # a trainer's threads go where they find room
    }
    request = openvino.Core().compile_model(folder / OPENVINO, "CPU", plan).create_infer_request()

    def see(images: Tensor) -> Seen:
        found = request.infer([images.contiguous().numpy()], share_inputs=True)
        return Seen(*(torch.from_numpy(values) for values in found.values()))

    return see, _bytes(Body(network)) // 2  # its own packed weights are bf16


@contextmanager
def one_thread() -> Iterator[None]:
    """Beside an engine's own threads, as a second team would take their cores from them while it waits."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _bytes(body: Body) -> int:
    return sum(each.nbytes for each in body.parameters())


def _has_openvino(device: torch.device) -> bool:
    return device.type == "cpu" and has_native_bf16(device) and find_spec("openvino") is not None


FIRST = "torch fp32"  # what the others are held against
KINDS = {  # the fastest first
    "openvino bf16": Kind(_has_openvino, _open_openvino, _write_openvino, one_thread),
    "torch bf16": Kind(has_native_bf16, _open_bf16, _write_bf16),
    FIRST: Kind(lambda device: True, _open_fp32),
}


def opened(name: str, network: VGG, folder: Path) -> Engine:
    """Raises whatever torch, or the engine's library, has against it."""
    see, size = KINDS[name].open(network, folder)
    return Engine(name, see, size, KINDS[name].threads)
