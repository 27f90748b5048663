"""Which specs may go on from each other's checkpoints."""

import copy
from typing import Any

import pytest

from model.spec import JobSpec
from model.spec.lineage import SHARED, differences, lineage

BASE: dict[str, Any] = {
    "architecture": {"blocks": [[1, 4], [1, 8]], "classifier": [16]},
    "data": {"dataset": "mnist", "validation_split": 0.1},
    "training": {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "batch_size": 8, "max_steps": 100},
}
OTHERS = {
    "/mode": "lr_range",
    "/init_from": {"weights": "imagenet"},
    "/architecture": {"blocks": [[1, 4], [1, 9]], "classifier": [16]},
    "/data/dataset": "kmnist",
    "/data/image_size": 32,
    "/data/normalization": "standard",
    "/data/sampling": "balanced",
    "/data/validation_split": 0.2,
    "/training/optimizer/name": "adam",
    "/training/batch_size": 16,
    "/training/averaging": {"name": "ema"},
    "/training/seed": 1,
}
HARMLESS = {
    "/name": "another",
    "/priority": 3,
    "/data/augmentation": ["horizontal_flip"],
    "/training/optimizer/learning_rate": 0.01,
    "/training/optimizer/momentum": 0.9,
    "/training/schedule": {"name": "cosine"},
    "/training/max_steps": 200,
    "/training/label_smoothing": 0.1,
    "/training/class_weights": "balanced",
    "/training/mixing": {"name": "mixup"},
    "/training/clip_grad_norm": 1.0,
    "/training/accumulation_steps": 2,
    "/training/activation_checkpointing": True,
    "/training/precision": "bf16",
    "/training/evaluation_interval": 10,
    "/training/checkpoint_interval": 10,
    "/training/keep_checkpoints": 5,
    "/training/rollback": {},
    "/training/split_on_out_of_memory": True,
    "/training/device": "cpu",
}


def spec(pointer: str = "", value: Any = None) -> JobSpec:
    """The base with one thing changed."""
    body = copy.deepcopy(BASE)
    *folders, name = pointer.split("/")[1:] or [""]
    place = body
    for folder in folders:
        place = place[folder]
    if name:
        place[name] = value
    return JobSpec.model_validate(body)


@pytest.mark.parametrize("pointer", OTHERS)
def test_what_must_be_shared_is_named_where_it_differs(pointer: str) -> None:
    other = spec(pointer, OTHERS[pointer])
    assert differences(spec(), other) == differences(other, spec()) == [pointer]
    assert lineage(spec()) != lineage(other)


def test_everything_that_must_be_shared_is_tried_here() -> None:
    assert set(OTHERS) == set(SHARED)


@pytest.mark.parametrize("pointer", HARMLESS)
def test_all_else_may_change(pointer: str) -> None:
    other = spec(pointer, HARMLESS[pointer])
    assert other != spec()
    assert differences(spec(), other) == []
    assert lineage(spec()) == lineage(other)


def test_a_preset_and_its_blocks_are_the_same_network() -> None:
    preset = spec("/architecture", {"preset": "vgg11"})
    spelled = preset.architecture.model_dump(mode="json") | {"preset": None}
    blocks = spec("/architecture", {name: value for name, value in spelled.items() if name != "preset"})
    assert differences(preset, blocks) == []
    assert lineage(preset) == lineage(blocks)


def test_all_differences_are_told_at_once() -> None:
    other = spec("/training/seed", 1).model_copy(update={"mode": "lr_range"})
    assert differences(spec(), other) == ["/mode", "/training/seed"]


def test_a_lineage_is_sixteen_digits_that_a_spec_keeps_through_json() -> None:
    again = JobSpec.model_validate_json(spec().model_dump_json())
    assert lineage(again) == lineage(spec())
    assert len(lineage(spec())) == 16
    assert int(lineage(spec()), 16) >= 0


def test_checkpoints_of_the_first_release_are_still_gone_on_from() -> None:
    body = {
        "architecture": {"preset": "vgg11"},
        "data": {"dataset": "fashion-mnist", "image_size": 96},
        "training": {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "batch_size": 64, "max_steps": 1000},
    }
    assert lineage(JobSpec.model_validate(body)) == "a75f8b08da0ebdd8"
