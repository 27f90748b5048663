"""`batch_size: auto`: the largest that fits, the same after a resume, and none where parts could not divide it."""

import json
from pathlib import Path
from typing import Any

import pytest

from model.data.catalog import facts_of
from model.estimate.fitting import SHARE, fitted, with_batch_size
from model.estimate.memory import training_memory
from model.hardware.machine import Machine
from model.network.layers import layers
from model.runs.run import Run
from model.spec import JobSpec
from tests.model.test_main import TINY

VGG11 = {"architecture": {"preset": "vgg11"}, "data": {"dataset": "cifar10"}}
AUTO = {**TINY["training"], "batch_size": "auto"}


def a_spec(**training: Any) -> JobSpec:
    return JobSpec.model_validate({**VGG11, "training": {**AUTO, **training}})


def a_machine(gibibytes: float) -> Machine:
    bytes_there = int(gibibytes * 2**30)
    return Machine(
        device="cpu", torch="", threads=1, memory_bytes=bytes_there, process_bytes=2**29, native_bf16=False
    )


def size(spec: JobSpec, gibibytes: float) -> int:
    return fitted(spec, facts_of(spec.data, Path("datasets")), a_machine(gibibytes)).training.images_per_step


def test_more_memory_takes_a_larger_batch_up_to_512() -> None:
    sizes = [size(a_spec(), gibibytes) for gibibytes in (1.7, 2, 3, 1000)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1] == 512


def test_twice_the_batch_would_not_fit() -> None:
    spec, machine = a_spec(), a_machine(1.7)
    facts = facts_of(spec.data, Path("datasets"))
    chosen = fitted(spec, facts, machine)
    table = tuple(layers(spec.architecture, 3, 32, 10))

    def need(size: int) -> int:
        return training_memory(with_batch_size(spec, size), facts, table, machine, "fp32")

    batch_size = chosen.training.images_per_step
    assert need(batch_size) <= SHARE * machine.memory_bytes < need(2 * batch_size)


def test_accumulation_divides_what_is_chosen_and_makes_room() -> None:
    assert size(a_spec(accumulation_steps=64), 1.7) > size(a_spec(), 1.7)
    with pytest.raises(ValueError, match="does not divide"):
        a_spec(accumulation_steps=3)


def test_a_resumed_run_keeps_the_number_that_it_began_with(tmp_path: Path) -> None:
    spec = JobSpec.model_validate({**TINY, "training": {**AUTO, "max_steps": 2}})
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "batch_size.json").write_text("16")  # begun on a small machine
    start, *_ = Run(spec, tmp_path, tmp_path / "run")
    assert (start["kind"], start["batch_size"]) == ("start", 16)
    card = json.loads((tmp_path / "run" / "model" / "model.json").read_text())
    assert card["spec"]["training"]["batch_size"] == 16
