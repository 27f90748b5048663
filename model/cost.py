"""What a spec costs, by arithmetic: layers, shapes, parameters, FLOPs, memory. No torch.

Shapes and parameters agree exactly with the network that `model.vgg` builds; memory is an estimate.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from model.catalog import DatasetFacts
from model.refusal import SpecError
from model.spec import Architecture, Block, JobSpec

LARGEST_IMAGE = 1024
OPTIMIZER_STATES = {  # extra values kept for each parameter
    "sgd": 0,
    "adam": 2,
    "adamw": 2,
    "rmsprop": 1,
    "adagrad": 1,
    "adadelta": 2,
}
PROCESS_BYTES = 400 * 2**20  # an idle trainer process: Python, torch, its thread pools
FULL_PRECISION = 4  # bytes of an fp32 value


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


@dataclass(frozen=True, slots=True)
class Bill:
    """The answer of `POST /jobs/validate`. FLOPs count a multiply-add as two, in convolutions and matrix products."""

    layers: tuple[Layer, ...]
    parameters: int
    flops_per_image: int
    training_memory_bytes: int
    steps: int
    images_per_epoch: int
    warnings: tuple[str, ...]


def bill(spec: JobSpec, facts: DatasetFacts) -> Bill:
    """`SpecError` when the layers cannot be stacked on images of this size."""
    size = spec.data.image_size or facts.image_size
    table = tuple(layers(spec.architecture, facts.channels, size, facts.classes))
    images = facts.train_images - held_out(spec, facts)
    return Bill(
        layers=table,
        parameters=sum(layer.parameters for layer in table),
        flops_per_image=sum(layer.flops for layer in table),
        training_memory_bytes=_memory(spec, facts, table),
        steps=spec.training.steps(images),
        images_per_epoch=images,
        warnings=tuple(_warnings(spec, table, images)),
    )


def held_out(spec: JobSpec, facts: DatasetFacts) -> int:
    """Training images that the validation split takes."""
    return int(facts.train_images * spec.data.validation_split)


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


def _memory(spec: JobSpec, facts: DatasetFacts, table: tuple[Layer, ...]) -> int:
    """Peak bytes of the trainer: process, images, weights with gradients and states, saved activations."""
    size = spec.data.image_size or facts.image_size
    parameters = sum(layer.parameters for layer in table)
    optimizer = spec.training.optimizer
    states = 1 if getattr(optimizer, "momentum", 0) else OPTIMIZER_STATES[optimizer.name]
    # Kept for the backward pass: what each convolution, normalization and activation puts out; a pooling keeps
    # 8-byte indices as well.
    saved = sum(
        layer.values * (FULL_PRECISION + 8 if layer.kind.endswith("max-pooling") else FULL_PRECISION)
        for layer in table
    )
    pixels = facts.channels * size * size * FULL_PRECISION * 2  # resized batch, and its gradient-free copy
    dataset = (facts.train_images + facts.test_images) * facts.channels * facts.image_size**2  # uint8
    batch = spec.training.batch_size * (saved + pixels)
    return PROCESS_BYTES + dataset + parameters * FULL_PRECISION * (2 + states) + batch


def _warnings(spec: JobSpec, table: tuple[Layer, ...], images: int) -> Iterator[str]:
    total = sum(layer.parameters for layer in table)
    widest = max(table, key=lambda layer: layer.parameters)
    if (
        widest.parameters > 0.5 * total
        and widest.kind == "fully connected"
        and spec.architecture.head == "flatten"
    ):
        share = f"{widest.name} holds {widest.parameters / 1e6:.1f} of {total / 1e6:.1f} million parameters"
        yield f"{share}: head average or max needs far fewer"
    if images and spec.training.batch_size > images:
        yield f"batch_size {spec.training.batch_size} is more than the {images} training images"
    deep = sum(block.convolutions for block in spec.architecture.blocks)
    if deep > 10 and not spec.architecture.batch_norm and spec.architecture.init.startswith("xavier"):
        yield f"{deep} convolutions without batch_norm often do not start learning: set batch_norm"
