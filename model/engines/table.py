"""All engines; `trial` tries them in this order beside torch in fp32, which is the trained network as it is."""

from pathlib import Path

from torch import Tensor

from model.engines import half, openvino
from model.engines.engine import Body, Engine, Kind, See, Seen
from model.network.vgg import VGG


def _open_fp32(network: VGG, folder: Path) -> tuple[See, int]:
    body = Body(network)

    def see(images: Tensor) -> Seen:
        return Seen(*body(images))

    return see, 0


FIRST = "torch fp32"  # what the others are held against
KINDS = {  # the fastest first
    "openvino int8": openvino.INT8,
    "openvino bf16": openvino.BF16,
    "torch bf16": half.BF16,
    FIRST: Kind(lambda device: True, _open_fp32),
}


def opened(name: str, network: VGG, folder: Path) -> Engine:
    """Raises whatever torch, or the engine's library, has against it."""
    see, size = KINDS[name].open(network, folder)
    return Engine(name, see, size, KINDS[name].threads)
