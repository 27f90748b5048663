"""The layers of a network by arithmetic: shapes, parameters and FLOPs of those that `vgg.py` builds. No torch."""

from collections.abc import Iterator
from dataclasses import dataclass

from model.refusal import SpecError
from model.spec import Architecture, Block

LARGEST_IMAGE = 1024


@dataclass(frozen=True, slots=True)
class Layer:
    """One row of the layer table; `output` is (channels, height, width), `flops` are for one image forward."""

    name: str
    kind: str
    output: tuple[int, int, int]
    parameters: int = 0
    flops: int = 0

    @property
    def values(self) -> int:
        channels, height, width = self.output
        return channels * height * width


def layers(architecture: Architecture, channels: int, image_size: int, classes: int) -> Iterator[Layer]:
    """The layer table in order, named as in the built network."""
    size = image_size
    for number, block in enumerate(architecture.blocks):
        for layer in _block_layers(block, f"features.{number}", architecture, channels, size):
            yield layer
            channels, size, _ = layer.output
            if size < 1:
                raise _nothing_left(architecture, number, layer, image_size)
    if architecture.head != "flatten":
        size = 1
        yield Layer("head", f"global {architecture.head} pooling", (channels, 1, 1))
    width = channels * size * size
    for number, units in enumerate(architecture.classifier, start=1):
        yield _linear(f"classifier.linear{number}", width, units)
        width = units
    yield _linear("classifier.logits", width, classes)


def _block_layers(
    block: Block, name: str, architecture: Architecture, channels: int, size: int
) -> Iterator[Layer]:
    kernel = block.kernel_size
    padding = kernel // 2 if block.padding is None else block.padding
    for number in range(1, block.convolutions + 1):
        stride = block.stride if number == 1 else 1
        size = (size + 2 * padding - kernel) // stride + 1
        weights = channels * block.channels * kernel * kernel
        shape = (block.channels, size, size)
        kind = f"{kernel}x{kernel} convolution"
        yield Layer(f"{name}.conv{number}", kind, shape, weights + block.channels, 2 * weights * size * size)
        if architecture.batch_norm:
            yield Layer(f"{name}.norm{number}", "batch normalization", shape, 2 * block.channels)
        channels = block.channels
    if block.pool:
        size = (size - block.pool) // 2 + 1 if size >= block.pool else 0
        yield Layer(f"{name}.pool", f"{block.pool}x{block.pool} max-pooling", (channels, size, size))


def _linear(name: str, inputs: int, units: int) -> Layer:
    return Layer(name, "fully connected", (units, 1, 1), (inputs + 1) * units, 2 * inputs * units)


def _nothing_left(architecture: Architecture, number: int, layer: Layer, image_size: int) -> SpecError:
    enough = next(
        (size for size in range(image_size + 1, LARGEST_IMAGE + 1) if _fits(architecture, size)), None
    )
    cure = f"image_size {enough} or more would do" if enough else "no image_size up to 1024 would do"
    message = (
        f"the {layer.kind} of block {number + 1} leaves nothing of images of {image_size} pixels: {cure}"
    )
    return SpecError(
        f"/architecture/blocks/{number}", "nothing_left", message, str(enough) if enough else None
    )


def _fits(architecture: Architecture, size: int) -> bool:
    for block in architecture.blocks:
        for layer in _block_layers(block, "", architecture, 1, size):
            size = layer.output[1]
            if size < 1:
                return False
    return True
