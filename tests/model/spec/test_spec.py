"""What a spec may say, and how a wrong one is answered."""

import copy
import json
from typing import Any

import pytest
from pydantic import ValidationError

from model.refusal import Refusal, from_validation
from model.spec import Architecture, JobSpec
from model.spec.presets import PRESETS

GOOD: dict[str, Any] = {
    "architecture": {"preset": "vgg11"},
    "data": {"dataset": "fashion-mnist", "image_size": 96},
    "training": {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "batch_size": 64, "max_steps": 1000},
}


def changed(pointer: str, value: Any) -> dict[str, Any]:
    body = copy.deepcopy(GOOD)
    *parents, last = pointer.strip("/").split("/")
    here = body
    for parent in parents:
        here = here.setdefault(parent, {})
    here[last] = value
    return body


def refused(body: Any) -> list[Refusal]:
    with pytest.raises(ValidationError) as caught:
        JobSpec.model_validate(body)
    return from_validation(caught.value, body)


@pytest.mark.parametrize("name", PRESETS)
def test_an_expanded_preset_is_a_spec_that_expands_to_itself(name: str) -> None:
    expanded = Architecture.model_validate({"preset": name})
    assert expanded.blocks
    assert Architecture.model_validate(json.loads(expanded.model_dump_json())) == expanded


def test_what_is_given_beside_a_preset_wins() -> None:
    assert Architecture.model_validate({"preset": "vgg16_bn", "dropout": 0.2}).dropout == 0.2


def test_a_block_can_be_a_pair_or_an_object() -> None:
    pair = Architecture.model_validate({"blocks": [[2, 64]]})
    spelled = Architecture.model_validate({"blocks": [{"convolutions": 2, "channels": 64}]})
    assert pair == spelled


@pytest.mark.parametrize(
    ("pointer", "value", "suggestion"),
    [
        ("/data/image_sise", 96, "image_size"),
        ("/training/optimizer/learning_rte", 0.1, "learning_rate"),
        ("/training/learning_rate", 0.1, "/training/optimizer/learning_rate"),
        ("/architecture/preset", "vgg-16", "vgg16"),
        ("/training/optimizer/name", "sdg", "sgd"),
        ("/training/schedule/name", "cosin", "cosine"),
        ("/training/optimizer/name", "adadleta", "adadelta"),
        ("/training/mixing/name", "mixupp", "mixup"),
        ("/training/averaging/decy", 0.9, "decay"),
        ("/training/precision", "bf61", "bf16"),
        ("/trainning", {}, "training"),
    ],
)
def test_a_misspelled_name_is_pointed_at_and_the_likely_one_told(
    pointer: str, value: Any, suggestion: str
) -> None:
    found = refused(changed(pointer, value))
    assert (pointer, suggestion) in [(refusal.pointer, refusal.suggestion) for refusal in found]


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/training/optimizer/learning_rate", float("nan")),
        ("/training/optimizer/learning_rate", float("inf")),
        ("/training/optimizer/learning_rate", -0.1),
        ("/training/optimizer/learning_rate", 0),
        ("/training/optimizer/learning_rate", "0.1"),
        ("/training/optimizer/learning_rate", True),
        ("/training/optimizer/momentum", 1),
        ("/training/batch_size", 0),
        ("/training/batch_size", 10**30),
        ("/training/batch_size", 64.5),
        ("/training/max_steps", -1),
        ("/training/seed", 2**53),
        ("/training/device", "tpu"),
        ("/training/averaging", {"name": "ema", "decay": 1.0}),
        ("/training/mixing", {"name": "mixup", "alpha": 0}),
        ("/training/optimizer", {"name": "rmsprop", "learning_rate": 0.1, "alpha": 1.0}),
        ("/training/accumulation_steps", 0),
        ("/training/deterministic", 1),
        ("/architecture/blocks", []),
        ("/architecture/blocks", [[1, 64]] * 33),
        ("/architecture/dropout", 1.0),
        ("/data/dataset", "../../etc"),
        ("/data/validation_split", 0.6),
        ("/data/augmentation", ["flip"]),
        ("/labels", {"a": 1}),
        ("/name", "a\x00b"),
    ],
)
def test_a_value_out_of_range_is_refused_at_its_field(pointer: str, value: Any) -> None:
    body = changed(pointer, value)
    if pointer.startswith("/architecture/blocks"):
        del body["architecture"]["preset"]
    assert any(refusal.pointer.startswith(pointer.rpartition("/")[0]) for refusal in refused(body))


def test_a_wrong_number_in_a_pair_is_pointed_at_by_its_place() -> None:
    body = changed("/architecture", {"blocks": [[1, 64], [0, 64]]})
    assert [refusal.pointer for refusal in refused(body)] == ["/architecture/blocks/1/0"]


@pytest.mark.parametrize(
    "training",
    [
        {"max_steps": 10, "epochs": 1},
        {},
        {"max_steps": 10, "precision": "fp16", "device": "cpu"},
        {"max_steps": 10, "optimizer": {"name": "sgd", "learning_rate": 0.1, "nesterov": True}},
    ],
)
def test_fields_that_contradict_each_other_are_refused(training: dict[str, Any]) -> None:
    body = copy.deepcopy(GOOD)
    body["training"] = {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "batch_size": 64, **training}
    assert refused(body)


def test_micro_batches_that_do_not_make_up_the_batch_are_refused_at_their_field() -> None:
    found = refused(changed("/training/accumulation_steps", 24))
    assert [(refusal.pointer, refusal.code) for refusal in found] == [
        ("/training/accumulation_steps", "accumulation")
    ]
    assert "batch_size 64" in found[0].message


@pytest.mark.parametrize(("name", "alpha"), [("mixup", 0.2), ("cutmix", 1.0)])
def test_each_way_of_mixing_has_the_alpha_of_its_paper(name: str, alpha: float) -> None:
    mixing = JobSpec.model_validate(changed("/training/mixing", {"name": name})).training.mixing
    assert mixing
    assert mixing.alpha == alpha


def test_epochs_are_counted_in_full_batches() -> None:
    body = copy.deepcopy(GOOD)
    del body["training"]["max_steps"]
    body["training"]["epochs"] = 2
    assert JobSpec.model_validate(body).training.steps(60_000) == 1875


def test_every_field_says_what_it_is_so_that_a_form_can_be_drawn_of_it() -> None:
    kinds = JobSpec.model_json_schema()
    parts = {"JobSpec": kinds, **kinds["$defs"]}
    silent = [
        f"{part}.{name}"
        for part, schema in parts.items()
        for name, field in schema.get("properties", {}).items()
        if not {"description", "const", "$ref"} & field.keys()
    ]
    assert silent == []
    assert [part for part, schema in parts.items() if not schema.get("description")] == []
    assert parts["Training"]["properties"]["optimizer"]["discriminator"]["propertyName"] == "name"
