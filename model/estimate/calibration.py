"""`python -m model.estimate.calibration FILE`: measure how fast this machine trains, in ten or twenty seconds.

What a layer takes depends on its size and on the precision in a way that no data sheet tells, so a few layers of
each kind are run as a training runs them. The sum of the parts is then held against two short trainings.
"""

import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from time import perf_counter

import torch
from torch import Tensor, nn

from model import launch
from model.data.catalog import DatasetFacts
from model.data.dataset import Dataset, Preprocess, Split
from model.durable import write_whole
from model.estimate.duration import PASSES, seconds_per_step
from model.hardware.device import choose_device, machine_of
from model.hardware.grid import Grid
from model.hardware.machine import Machine, Speed
from model.network.layers import layers
from model.network.pooling import MaxPoolReLU
from model.priority import give_way
from model.spec import JobSpec
from model.training.train import PRECISIONS, Trainer

RUNS, PATIENCE = 3, 0.05  # of one measurement: at least so many runs, and seconds
IMAGES = 32
CHANNELS_IN, CHANNELS_OUT, SIDES = (3, 32, 128, 512), (32, 128, 512), (6, 16, 45)
MOST_FLOPS = 8e9  # in one measurement: larger layers are as fast as this one
ROWS, WIDTHS = (8, 64, 512), (128, 1024, 4096)
VALUES = (2**14, 2**18, 2**22)
FACTS = DatasetFacts("", 1, 28, 10, 256, 256)
STEPS = 12


def main() -> None:
    give_way(19)  # nobody waits for it
    launch.end_with_supervisor(status=1)
    write_whole(Path(sys.argv[1]), measure().model_dump_json().encode())


def measure() -> Machine:
    device = choose_device("auto")
    machine = machine_of(device).model_copy(update={"update": _update(device)})
    for precision in ("fp32", "bf16"):
        speed = _speed(device, PRECISIONS[precision])
        machine = machine.model_copy(update={"speeds": {**machine.speeds, precision: speed}})
        corrected = speed.model_copy(update={"correction": _correction(machine, precision)})
        machine = machine.model_copy(update={"speeds": {**machine.speeds, precision: corrected}})
    return machine


def _speed(device: torch.device, dtype: torch.dtype) -> Speed:
    autocast = torch.autocast(device.type, dtype, enabled=dtype is not torch.float32)
    with autocast:
        return Speed(
            convolution=_convolutions(device),
            matrix=_matrices(device),
            norm=_by_values(lambda: nn.BatchNorm2d(64), device, dtype),
            activation=_by_values(nn.ReLU, device, dtype),
            pooling=_by_values(MaxPoolReLU, device, dtype),
            input=_input(device),
            layer=_seconds(_convolution(4, 4, _maps(1, 4, 4, device))),
            step=_step(device),
            correction=1.0,
        )


def _convolutions(device: torch.device) -> Grid:
    """The image itself, of 3 channels, needs no gradient: the first layer of a network is cheaper."""
    values = []
    for channels, out, side in product(CHANNELS_IN, CHANNELS_OUT, SIDES):
        flops = 2 * 9 * channels * out * side**2 * PASSES
        images = max(1, min(IMAGES, int(MOST_FLOPS / flops)))
        maps = _maps(images, channels, side, device)
        values.append(_seconds(_convolution(channels, out, maps)) / (images * flops))
    places = tuple(IMAGES * side**2 for side in SIDES)
    return Grid(axes=(CHANNELS_IN, CHANNELS_OUT, places), values=tuple(values))


def _convolution(channels: int, out: int, maps: Tensor) -> Callable[[], None]:
    layer = nn.Conv2d(channels, out, 3, padding=1).to(maps.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return _both_ways(layer, maps.requires_grad_(channels > CHANNELS_IN[0]))


def _matrices(device: torch.device) -> Grid:
    values = []
    for rows, width in product(ROWS, WIDTHS):
        inputs = torch.rand(rows, width, device=device, requires_grad=True)
        flops = 2 * rows * width**2 * PASSES
        values.append(_seconds(_both_ways(nn.Linear(width, width).to(device), inputs)) / flops)
    return Grid(axes=(ROWS, WIDTHS), values=tuple(values))


def _by_values(make: Callable[[], nn.Module], device: torch.device, dtype: torch.dtype) -> Grid:
    values = []
    for count in VALUES:
        maps = _maps(count // (64 * 16**2) or 1, 64, 16, device).to(dtype).requires_grad_()
        values.append(_seconds(_both_ways(make().to(device), maps)) / maps.numel())
    return Grid(axes=(VALUES,), values=tuple(values))


def _input(device: torch.device) -> Grid:
    prepare = Preprocess(32, (0.5,), (0.5,))
    values = []
    for count in VALUES:
        images = torch.zeros(count // 32**2, 1, 28, 28, dtype=torch.uint8, device=device)
        values.append(_seconds(lambda images=images: prepare(images)) / count)  # type: ignore[misc]
    return Grid(axes=(VALUES,), values=tuple(values))


def _update(device: torch.device) -> float:
    weights = nn.Parameter(torch.zeros(2**22, device=device))
    weights.grad = torch.zeros_like(weights)
    optimizer = torch.optim.SGD([weights], lr=0.1, fused=True)
    return _seconds(optimizer.step) / (3 * weights.numel())


def _step(device: torch.device) -> float:
    """A training that has next to nothing to do."""
    return min(_training_seconds({"blocks": [[1, 4]], "classifier": []}, 1, "fp32"))


def _correction(machine: Machine, precision: str) -> float:
    """Geometric mean over two trainings, one of many convolutions and one of wide layers."""
    ratio = 1.0
    for architecture, batch_size in REFERENCES:
        spec = _reference(architecture, batch_size, precision)
        table = tuple(layers(spec.architecture, FACTS.channels, FACTS.image_size, FACTS.classes))
        measured = min(_training_seconds(architecture, batch_size, precision))
        ratio *= measured / seconds_per_step(spec, FACTS, table, machine)
    return float(ratio ** (1 / len(REFERENCES)))


REFERENCES = (
    ({"blocks": [[1, 64], [2, 128], [2, 256]], "classifier": [], "batch_norm": True, "head": "average"}, 32),
    ({"blocks": [[1, 32], [1, 64]], "classifier": [1024, 1024]}, 64),
)


def _training_seconds(architecture: dict[str, object], batch_size: int, precision: str) -> Iterator[float]:
    random = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (FACTS.train_images, 1, 28, 28), dtype=torch.uint8, generator=random)
    split = Split(images, torch.randint(0, FACTS.classes, (FACTS.train_images,), generator=random))
    dataset = Dataset("", tuple(map(str, range(FACTS.classes))), split, split)
    trainer = iter(Trainer(_reference(architecture, batch_size, precision), dataset))
    for step in range(STEPS):
        started = perf_counter()
        next(trainer)
        if step >= STEPS // 3:  # the first ones warm up
            yield perf_counter() - started


def _reference(architecture: dict[str, object], batch_size: int, precision: str) -> JobSpec:
    training = {"optimizer": {"name": "sgd", "learning_rate": 1e-6}, "batch_size": batch_size}
    data = {"classes": FACTS.classes, "channels": FACTS.channels, "image_size": FACTS.image_size}
    training |= {"max_steps": STEPS, "precision": precision}
    return JobSpec.model_validate({"architecture": architecture, "data": data, "training": training})


def _maps(images: int, channels: int, side: int, device: torch.device) -> Tensor:
    maps = torch.rand(images, channels, side, side, device=device)
    return maps.contiguous(memory_format=torch.channels_last)


def _both_ways(layer: nn.Module, inputs: Tensor) -> Callable[[], None]:
    gradient = torch.ones_like(layer(inputs))

    def run() -> None:
        layer(inputs).backward(gradient)

    return run


def _seconds(action: Callable[[], object]) -> float:
    """The fastest run after the first: whatever disturbs a measurement makes it longer."""
    action()
    times: list[float] = []
    while len(times) < RUNS or sum(times) < PATIENCE:
        started = perf_counter()
        action()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(perf_counter() - started)
    return min(times)


if __name__ == "__main__":
    main()
