"""How long a training takes, by arithmetic: the work of each layer at the speed that was measured for it. No torch."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from model.data.catalog import DatasetFacts
from model.estimate.memory import states
from model.hardware.machine import Machine, Speed
from model.network.layers import Layer
from model.spec import JobSpec

PASSES = 3  # forward, and backward to the maps and to the weights, each about as much work
FOREACH = 3  # an optimizer that torch has not fused passes over the memory again for each of its operations
SAME_SPEED = {"fp16": "bf16"}  # precisions that are measured once

Seconds = Callable[[Speed, Layer, Layer, int], float]  # of a layer, given the one before it and the images
WORK: dict[str, Seconds] = {
    "convolution": lambda speed, layer, before, n: (
        PASSES
        * n
        * layer.flops
        * speed.convolution(before.output[0], layer.output[0], n * layer.values / layer.output[0])
    ),
    "connected": lambda speed, layer, before, n: (
        PASSES * n * layer.flops * speed.matrix(n, (layer.flops / 2) ** 0.5)
    ),
    "normalization": lambda speed, layer, before, n: n * layer.values * speed.norm(n * layer.values),
    "max-pooling": lambda speed, layer, before, n: n * before.values * speed.pooling(n * before.values),
    "pooling": lambda speed, layer, before, n: n * before.values * speed.activation(n * before.values),
}


def seconds_per_step(spec: JobSpec, facts: DatasetFacts, table: Sequence[Layer], machine: Machine) -> float:
    """From one batch to the next."""
    training, speed = spec.training, _speed(spec, machine)
    images = training.images_per_step // training.accumulation_steps
    layers = dict(_layers(spec, facts, table, speed, images))
    again = sum(seconds for layer, seconds in layers.items() if layer.name.startswith("features")) / PASSES
    network = sum(layers.values()) + (again if training.activation_checkpointing else 0)
    parameters = sum(layer.parameters for layer in table)
    shown = training.images_per_step * facts.channels * (spec.data.image_size or facts.image_size) ** 2
    parts = (
        speed.step,
        training.accumulation_steps * network,
        shown * speed.input(shown),
        parameters * _touched(spec) * machine.update,
    )
    return speed.correction * sum(parts)


def seconds_per_evaluation(
    spec: JobSpec, facts: DatasetFacts, table: Sequence[Layer], machine: Machine, images: int
) -> float:
    """Of a whole split of so many images: a forward pass, in batches about as large as those of the training."""
    training, speed = spec.training, _speed(spec, machine)
    batch = training.images_per_step // training.accumulation_steps
    forward = sum(seconds for _, seconds in _layers(spec, facts, table, speed, batch)) / PASSES
    return speed.correction * forward * images / batch


def _speed(spec: JobSpec, machine: Machine) -> Speed:
    precision = machine.precision(spec)
    return machine.speeds[SAME_SPEED.get(precision, precision)]


def _layers(
    spec: JobSpec, facts: DatasetFacts, table: Sequence[Layer], speed: Speed, images: int
) -> Iterator[tuple[Layer, float]]:
    """Seconds of each layer with its activation, forward and backward, for so many images at once."""
    size = spec.data.image_size or facts.image_size
    shown = Layer("images", "images", (facts.channels, size, size))
    for before, layer in pairwise([shown, *table]):
        values = images * layer.values
        seconds = WORK[layer.kind.split()[-1]](speed, layer, before, images)
        yield layer, speed.layer + seconds + values * speed.activation(values) * (layer.flops > 0)


def _touched(spec: JobSpec) -> int:
    """fp32 values read or written for each parameter: weight and gradient in, weight out, states in and out."""
    training = spec.training
    optimizer = 3 + 2 * states(spec)
    foreach = FOREACH if training.optimizer.name in ("rmsprop", "adadelta") else 1
    return (
        optimizer * foreach + 3 * (training.averaging is not None) + 3 * (training.clip_grad_norm is not None)
    )
