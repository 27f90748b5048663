"""What a spec costs, by arithmetic: layers, parameters, FLOPs, memory, time. No torch.

Shapes and parameters agree exactly with the network that `model.network.vgg` builds; memory and time are estimates.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model.data.catalog import DatasetFacts
from model.estimate.agreement import agree
from model.estimate.duration import seconds_per_evaluation, seconds_per_step
from model.estimate.fitting import fitted
from model.estimate.memory import training_memory
from model.hardware.machine import Machine, precision
from model.network.frozen import frozen
from model.network.layers import Layer, layers
from model.spec import JobSpec

UNMEASURED = "no worker has measured its speed yet: one does when it has nothing else to do"


@dataclass(frozen=True, slots=True)
class Bill:
    """The answer of `POST /jobs/validate`. FLOPs count a multiply-add as two, in convolutions and matrix products."""

    layers: tuple[Layer, ...]
    parameters: int
    flops_per_image: int
    training_memory_bytes: int
    batch_size: int  # the one that `auto` would be
    steps: int
    images_per_epoch: int
    device: str | None  # that time and memory are of; None where no worker's is known
    precision: str
    seconds_per_step: float | None
    seconds: float | None  # of the whole run with its evaluations
    no_seconds_because: str | None
    warnings: tuple[str, ...]


def bill(spec: JobSpec, facts: DatasetFacts, machine: Machine | None = None) -> Bill:
    """`SpecError` when the layers cannot be stacked on images of this size, or the spec does not suit the set."""
    agree(spec, facts)
    here = machine if machine and machine.runs(spec) else None
    spec = fitted(spec, facts, here)
    size = spec.data.image_size or facts.image_size
    table = tuple(layers(spec.architecture, facts.channels, size, facts.classes))
    frozen(spec, table)
    images = facts.train_images - held_out(spec, facts)
    measured = here if here and here.speeds else None
    chosen = precision(spec, here is not None and here.native_bf16)
    steps = spec.training.steps(images)
    a_step = seconds_per_step(spec, facts, table, measured) if measured else None
    return Bill(
        layers=table,
        parameters=sum(layer.parameters for layer in table),
        flops_per_image=sum(layer.flops for layer in table),
        training_memory_bytes=training_memory(spec, facts, table, here, chosen),
        batch_size=spec.training.images_per_step,
        steps=steps,
        images_per_epoch=images,
        device=here.device if here else None,
        precision=chosen,
        seconds_per_step=a_step,
        seconds=a_step and a_step * steps + _evaluating(spec, facts, table, measured, steps),
        no_seconds_because=None if measured else _unmeasured(spec, machine),
        warnings=tuple(_warnings(spec, table, images)),
    )


def held_out(spec: JobSpec, facts: DatasetFacts) -> int:
    """Training images that the validation split takes from the others."""
    return int(facts.train_images * spec.data.validation_split)


def _evaluating(
    spec: JobSpec, facts: DatasetFacts, table: Sequence[Layer], machine: Machine | None, steps: int
) -> float:
    """Seconds of the evaluations on the way, and of the report at the end."""
    if machine is None or spec.mode == "lr_range":
        return 0.0
    on_the_way = (steps - 1) // (spec.training.evaluation_interval or steps)
    images = held_out(spec, facts) or facts.validation_images or facts.test_images
    evaluated = on_the_way * images + facts.test_images
    return seconds_per_evaluation(spec, facts, table, machine, evaluated)


def _unmeasured(spec: JobSpec, machine: Machine | None) -> str:
    if machine is None or machine.runs(spec):
        return UNMEASURED
    return f"workers have measured {machine.device}, and the spec asks for {spec.training.device}"


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
    if images and spec.training.images_per_step > images:
        yield f"batch_size {spec.training.images_per_step} is more than the {images} training images"
    if spec.mode == "lr_range" and (
        spec.training.schedule.name != "constant" or spec.training.early_stopping
    ):
        yield "the test has a schedule of its own: schedule and early_stopping have no part in it"
    if spec.init_from and spec.init_from.weights and spec.data.normalization != "imagenet":
        yield "ImageNet weights were trained on images normalized otherwise: set data.normalization to imagenet"
    deep = sum(block.convolutions for block in spec.architecture.blocks)
    if deep > 10 and not spec.architecture.batch_norm and spec.architecture.init.startswith("xavier"):
        yield f"{deep} convolutions without batch_norm often do not start learning: set batch_norm"
