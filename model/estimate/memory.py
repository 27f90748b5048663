"""How much memory a training takes at its peak, by arithmetic: weights, and maps kept for the way back. No torch."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from model.data.catalog import DatasetFacts
from model.hardware.machine import Machine
from model.network.layers import Layer
from model.spec import JobSpec

OPTIMIZER_STATES = {  # extra values kept for each parameter
    "sgd": 0,
    "adam": 2,
    "adamw": 2,
    "rmsprop": 1,
    "adagrad": 1,
    "adadelta": 2,
}
PROCESS_BYTES = (
    750 * 2**20
)  # an idle trainer, where no machine was measured: Python, torch, torchvision if needed
WIDTH = {"fp32": 4, "bf16": 2, "fp16": 2}  # bytes of a value in the maps
FULL = WIDTH["fp32"]  # weights, gradients and the optimizer's values are always whole
INDEX = 8  # bytes that torch's own pooling keeps for each output
IN_HAND = {
    False: 2,
    True: 4,
}  # maps as large as the largest, with their gradients; normalization makes another
SLACK = 1.5  # gaps between blocks of many sizes, and the kernels' own buffers
FUSED = "2x2 max-pooling"
SAVED = 1.5  # a checkpoint is put together in memory; its buffer grows by copying
READ = 2  # copies of the training images while they are read
KEPT = 3  # a third of a GPU's memory may go to images that could stay in their file


def training_memory(
    spec: JobSpec, facts: DatasetFacts, table: Sequence[Layer], machine: Machine | None, precision: str
) -> int:
    """Peak bytes: of the trainer's process on a CPU, of the device's memory on a GPU."""
    on_gpu = machine is not None and machine.device == "cuda"
    process = machine.process_bytes if machine else PROCESS_BYTES
    image = facts.channels * facts.image_size**2  # bytes, uint8
    reading = 0 if facts.mapped else READ * facts.train_images * image
    parameters = sum(layer.parameters for layer in table)
    state = FULL * parameters * (1 + states(spec) + (spec.training.averaging is not None))
    at_work = int(SLACK * _at_work(spec, facts, table, WIDTH[precision], on_gpu))
    passing = 0 if on_gpu else max(reading, int(SAVED * state))
    return process + _images(facts, machine) + state + max(at_work, passing)


def _images(facts: DatasetFacts, machine: Machine | None) -> int:
    """Bytes of the images that are held throughout. What the page cache keeps of a file is given up when asked for."""
    image = facts.channels * facts.image_size**2
    train, test = facts.train_images * image, facts.test_images * image
    if machine is None or machine.device != "cuda":
        return 0 if facts.mapped else train + test
    return 0 if facts.mapped and KEPT * train > machine.memory_bytes else train


def states(spec: JobSpec) -> int:
    """Values that the optimizer keeps for each parameter."""
    optimizer = spec.training.optimizer
    extra = OPTIMIZER_STATES[optimizer.name]
    return max(extra, 1) if getattr(optimizer, "momentum", 0) else extra


def _at_work(spec: JobSpec, facts: DatasetFacts, table: Sequence[Layer], width: int, on_gpu: bool) -> int:
    """Bytes of gradients, of the maps that are kept for the way back, and of the largest layer on that way."""
    training = spec.training
    parameters = sum(layer.parameters for layer in table)
    halves = 0 if width == FULL else width * parameters  # the weights in half precision
    pixels = facts.channels * (spec.data.image_size or facts.image_size) ** 2 * FULL
    shown = training.images_per_step * pixels * (2 if training.mixing is None else 3)
    images = training.images_per_step // training.accumulation_steps
    in_hand = IN_HAND[spec.architecture.batch_norm] * width * max(layer.values for layer in table)
    kept = _kept(spec, table, width, on_gpu)
    return FULL * parameters + halves + shown + images * (kept + in_hand)


def _kept(spec: JobSpec, table: Sequence[Layer], width: int, on_gpu: bool) -> int:
    """Bytes of one image between the way forth and the way back."""
    blocks: dict[str, int] = {}  # in order of the network
    outputs: dict[str, int] = {}
    for layer, kept in _kept_by_layer(spec.architecture.activation, table, width, on_gpu):
        name = layer.name.rpartition(".")[0]
        blocks[name] = blocks.get(name, 0) + kept
        outputs[name] = width * layer.values
    if not spec.training.activation_checkpointing:
        return sum(blocks.values())
    features = [name for name in blocks if name.startswith("features")]
    rest = sum(kept for name, kept in blocks.items() if name not in features)
    return rest + max(blocks[name] for name in features) + sum(outputs[name] for name in features)


def _kept_by_layer(
    activation: str, table: Sequence[Layer], width: int, on_gpu: bool
) -> Iterator[tuple[Layer, int]]:
    """ReLU needs only what it puts out; the others need what went in, which is then kept besides.

    A 2x2 pooling and its ReLU are one operation on a CPU (`model.network.pooling`): a byte an output, nothing of the
    input.
    """
    inputs = 0 if activation == "relu" else width
    fused = FUSED if activation == "relu" and not on_gpu else None
    for layer, following in pairwise([*table, Layer("end", "end", (0, 0, 0))]):
        needed = {"normalization": width, "max-pooling": 0 if following.kind == fused else width}
        maps = needed.get(following.kind.split()[-1], width + inputs)
        by_value = {
            "convolution": maps,
            "normalization": maps,
            "max-pooling": width + (1 if layer.kind == fused else INDEX + inputs),
            "connected": 3 * width,  # with its activation's and its dropout's
            "pooling": width,
        }
        yield layer, layer.values * by_value[layer.kind.split()[-1]]
