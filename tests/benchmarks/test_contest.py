"""The arithmetic of contests; who wins them is never asserted."""

import json
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.contender import Contender
from benchmarks.contest import Turn, ratio, remaining, speed
from benchmarks.train import SPEC, flops_per_image
from model.data.catalog import facts_of
from model.network.vgg import VGG
from model.spec import JobSpec

HARE, TORTOISE = (Contender(name, "fp32", [], {}) for name in ("hare", "tortoise"))


def turns(*speeds: float) -> list[Turn]:
    return [Turn(speed, None) for speed in speeds]


def test_the_flops_of_an_image_are_those_that_torch_counts() -> None:
    spec = JobSpec.model_validate(json.loads(SPEC.read_text()))
    size, classes = spec.data.image_size or 0, facts_of(spec.data, Path("datasets")).classes
    network = VGG(spec.architecture, 1, size, classes)
    with FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, 1, size, size)).sum().backward()
    assert flops_per_image(spec) == counter.get_total_flops()


def test_speeds_are_compared_within_their_round() -> None:
    raced = {HARE: turns(10, 100, 40), TORTOISE: turns(5, 20, 10)}
    assert speed(HARE, raced).values == [40]
    assert ratio(HARE, TORTOISE, raced).values == [4]


def test_what_remains_is_reckoned_from_each_contenders_own_turns() -> None:
    assert remaining({}, [HARE, TORTOISE]) == "?"
    assert remaining({HARE: [10, 20]}, [TORTOISE, HARE]) == "0:00:30"
    assert remaining({HARE: [10], TORTOISE: [50]}, [TORTOISE, HARE, TORTOISE]) == "0:01:50"
