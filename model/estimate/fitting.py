"""`batch_size: auto` given its number: the largest power of two that fits. No torch."""

from model.data.catalog import DatasetFacts
from model.estimate.memory import training_memory
from model.hardware.machine import Machine, precision
from model.network.layers import layers
from model.spec import JobSpec
from model.spec.training import LARGEST_AUTO

SHARE = 0.8  # of the device's memory: the estimate can be a quarter too low, and others want some of it too


def fitted(spec: JobSpec, facts: DatasetFacts, machine: Machine | None) -> JobSpec:
    """The spec with a number for `auto`; any other as it is. Where no machine is known, everything fits. SpecError.

    Nothing smaller than `accumulation_steps`, larger than the training set, or larger than 512.
    """
    if spec.training.batch_size != "auto":
        return spec
    smallest = spec.training.accumulation_steps  # a power of two, as it divides 512
    sizes = [smallest]
    while (size := 2 * sizes[-1]) <= min(LARGEST_AUTO, facts.train_images or LARGEST_AUTO):
        sizes.append(size)
    candidates = [with_batch_size(spec, size) for size in reversed(sizes)]
    return next((one for one in candidates if _fits(one, facts, machine)), candidates[-1])


def with_batch_size(spec: JobSpec, size: int) -> JobSpec:
    return spec.model_copy(update={"training": spec.training.model_copy(update={"batch_size": size})})


def _fits(spec: JobSpec, facts: DatasetFacts, machine: Machine | None) -> bool:
    if machine is None:
        return True
    size = spec.data.image_size or facts.image_size
    table = tuple(layers(spec.architecture, facts.channels, size, facts.classes))
    chosen = precision(spec, machine.native_bf16)
    return training_memory(spec, facts, table, machine, chosen) <= SHARE * machine.memory_bytes
