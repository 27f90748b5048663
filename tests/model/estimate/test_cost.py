"""The arithmetic of a spec, against the built network, the paper and torchvision."""

from pathlib import Path

import pytest
import torch
import torchvision
from torch import nn

from model.data.catalog import facts_of
from model.estimate.cost import bill
from model.network.layers import layers
from model.network.vgg import VGG
from model.refusal import SpecError
from model.spec import Architecture, JobSpec
from model.spec.presets import PRESETS

VGGS = [name for name in PRESETS if name.startswith("vgg")]
PAPER = {"vgg11": 133, "vgg13": 133, "vgg16": 138, "vgg19": 144}  # Table 2 of arXiv 1409.1556, in millions
SHAPES = [
    Architecture.model_validate(body)
    for body in (
        {"preset": "alexnet"},
        {"preset": "vgg16_bn"},
        {"blocks": [[1, 8], [2, 16]], "classifier": [], "head": "average"},
        {"blocks": [[3, 5]], "classifier": [7, 3], "head": "max", "batch_norm": True, "activation": "gelu"},
        {
            "blocks": [
                {"convolutions": 2, "channels": 6, "kernel_size": 5, "stride": 2, "padding": 0, "pool": 3}
            ]
        },
    )
]


def costed(preset: str) -> int:
    spec = JobSpec.model_validate(
        {
            "architecture": {"preset": preset},
            "data": {"classes": 1000, "channels": 3, "image_size": 224},
            "training": {
                "optimizer": {"name": "sgd", "learning_rate": 0.1},
                "batch_size": 64,
                "max_steps": 10,
            },
        }
    )
    return bill(spec, facts_of(spec.data, Path("datasets"))).parameters


@pytest.mark.parametrize("preset", VGGS)
def test_parameters_are_those_of_torchvision(preset: str) -> None:
    weights = torchvision.models.get_model_weights(preset)
    assert costed(preset) == weights.IMAGENET1K_V1.meta["num_params"]


@pytest.mark.parametrize(("preset", "millions"), PAPER.items())
def test_parameters_are_those_of_the_paper(preset: str, millions: int) -> None:
    assert round(costed(preset) / 1e6) == millions


@pytest.mark.parametrize(
    "architecture", SHAPES, ids=lambda a: a.preset or str(a.model_dump(mode="json")["blocks"])
)
def test_the_layer_table_is_that_of_the_built_network(architecture: Architecture) -> None:
    table = {layer.name: layer for layer in layers(architecture, 3, 96, 10)}
    network = VGG(architecture, 3, 96, 10)
    seen: dict[str, tuple[int, ...]] = {}

    def note(name: str, output: torch.Tensor) -> None:
        seen[name] = tuple(output.shape[1:])

    for name, module in network.named_modules():
        module.register_forward_hook(lambda _module, _inputs, output, name=name: note(name, output))
    network.eval()(torch.zeros(1, 3, 96, 96))
    counted = {
        name: sum(p.numel() for p in module.parameters())
        for name, module in network.named_modules()
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d | nn.Linear)
    }
    assert {name: layer.parameters for name, layer in table.items() if layer.parameters} == counted
    for name, layer in table.items():
        assert seen[name] == layer.output[: len(seen[name])], name


def test_flops_are_twice_the_multiply_adds() -> None:
    one_convolution, logits = layers(
        Architecture.model_validate(
            {"blocks": [{"convolutions": 1, "channels": 2, "pool": None}], "classifier": []}
        ),
        3,
        8,
        10,
    )
    assert one_convolution.flops == 2 * (3 * 3 * 3) * 2 * 8 * 8
    assert logits.flops == 2 * (2 * 8 * 8) * 10


def test_too_many_poolings_name_the_block_and_a_size_that_would_do() -> None:
    with pytest.raises(SpecError) as refused:
        list(layers(Architecture.model_validate({"preset": "vgg11"}), 1, 28, 10))
    assert refused.value.refusal.pointer == "/architecture/blocks/4"
    assert refused.value.refusal.suggestion == "32"
    list(layers(Architecture.model_validate({"preset": "vgg11"}), 1, 32, 10))
