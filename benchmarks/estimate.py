"""How far off is what `POST /jobs/validate` says of time and memory? Predicted beside measured, for a spread of specs.

The machine is calibrated first, as an idle worker does it. Each spec is then trained by `python -m model`: its time a
step is the median between rows, its memory the most that the process ever had, a checkpoint at its end included.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import training
from benchmarks.contest import peak_memory
from benchmarks.record import Figure, of
from benchmarks.service import datasets
from model import launch
from model.data.catalog import facts_of
from model.estimate.cost import bill
from model.hardware.machine import Machine
from model.spec import JobSpec

WARM_UP, STEPS = 2, 8
SMALL = {"blocks": [[1, 64], [2, 128], [2, 256]], "classifier": [], "batch_norm": True, "head": "max"}
FASHION = {"dataset": "fashion-mnist"}
SGD = {"name": "sgd", "learning_rate": 0.01, "momentum": 0.9}
ADAM = {"name": "adam", "learning_rate": 1e-4}
EMA = {"name": "ema", "decay": 0.999}


def measure() -> list[Figure]:
    machine = _calibrated()
    return [figure for name, spec in specs().items() for figure in _compared(name, spec, machine)]


def specs() -> dict[str, dict[str, Any]]:
    return {
        f"{name}, {precision}": {
            "architecture": architecture,
            "data": {**FASHION, **({"image_size": size} if size else {})},
            "training": {"optimizer": SGD, "max_steps": 1000, "precision": precision, **training},
        }
        for precision in ("fp32", "bf16")
        for name, architecture, size, training in (
            ("vgg11, 96 px", {"preset": "vgg11"}, 96, {"batch_size": 64}),
            (
                "vgg11, 96 px, adam, averaged",
                {"preset": "vgg11"},
                96,
                {"batch_size": 32, "optimizer": ADAM, "averaging": EMA},
            ),
            ("vgg16_bn, 64 px", {"preset": "vgg16_bn"}, 64, {"batch_size": 64}),
            ("fashion-small", SMALL, None, {"batch_size": 64}),
            ("fashion-small, 512 images", SMALL, None, {"batch_size": 512}),
            ("fashion-small, 512 in 8 parts", SMALL, None, {"batch_size": 512, "accumulation_steps": 8}),
            (
                "fashion-small, 512 recomputed",
                SMALL,
                None,
                {"batch_size": 512, "activation_checkpointing": True},
            ),
        )
    }


def _calibrated() -> Machine:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "machine.json"
        # Standard input stays open: the process ends when it closes.
        with subprocess.Popen(
            launch.calibration(path), env=launch.environment(), stdin=subprocess.PIPE
        ) as process:
            assert process.wait() == 0
        return Machine.model_validate_json(path.read_bytes())


def _compared(name: str, body: dict[str, Any], machine: Machine) -> Iterator[Figure]:
    spec = JobSpec.model_validate(body)
    costs = bill(spec, facts_of(spec.data, datasets()), machine)
    assert costs.seconds_per_step
    seconds, peak = _trained(body)
    predicted = costs.training_memory_bytes
    yield of(f"{name}: a step, predicted, measured", "ms", costs.seconds_per_step * 1000, seconds * 1000)
    yield of(f"{name}: a step, predicted of measured", "%", 100 * costs.seconds_per_step / seconds)
    if peak:
        yield of(f"{name}: memory, predicted, measured", "MiB", predicted / 2**20, peak / 2**20)
        yield of(f"{name}: memory, predicted of measured", "%", 100 * predicted / peak)


def _trained(body: dict[str, Any]) -> tuple[float, int | None]:
    """Median seconds of a step, and the most bytes that the process had at once."""
    steps = WARM_UP + STEPS
    spec = {**body, "training": {**body["training"], "checkpoint_interval": steps}}
    with tempfile.TemporaryDirectory() as folder:
        command = [*training.command_for(spec, Path(folder)), "--out", str(Path(folder) / "out")]
        with training.started(command, launch.environment()) as process:
            rows = list(islice(training.batches(process), steps + 1))  # the last comes after the checkpoint
            peak = peak_memory(process.pid)
    times = [row["time"] for row in rows[WARM_UP:steps]]
    return median(after - before for before, after in pairwise(times)), peak
