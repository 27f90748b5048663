"""Activation checkpointing: the same network, to the bit, in less memory."""

import copy

import pytest
import torch
from torch import Tensor

from model.network.recomputation import Recomputed
from model.network.vgg import VGG
from model.spec import Architecture

IMAGES = torch.rand(8, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def pair() -> tuple[VGG, VGG]:
    """The same network, once with its activations recomputed."""
    architecture = {"blocks": [[2, 8], [2, 8]], "classifier": [], "head": "max", "batch_norm": True}
    kept = VGG(Architecture.model_validate(architecture), 3, 32, 5)
    recomputed = copy.deepcopy(kept)
    recomputed.features = Recomputed(*recomputed.features)
    return kept, recomputed


def loss(network: VGG, dtype: torch.dtype = torch.float32) -> Tensor:
    with torch.autocast("cpu", dtype, enabled=dtype is not torch.float32):
        logits: Tensor = network(IMAGES)
    return logits.float().square().mean()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_gradients_are_the_same_bits(pair: tuple[VGG, VGG], dtype: torch.dtype) -> None:
    for network in pair:
        loss(network, dtype).backward()  # type: ignore[no-untyped-call]
    for one, other in zip(pair[0].parameters(), pair[1].parameters(), strict=True):
        assert one.grad is not None
        assert other.grad is not None
        assert torch.equal(one.grad, other.grad)


def test_running_statistics_count_each_batch_once(pair: tuple[VGG, VGG]) -> None:
    for network in pair:
        for _ in range(3):
            loss(network).backward()  # type: ignore[no-untyped-call]
    assert pair[1].state_dict()["features.1.norm2.num_batches_tracked"] == 3
    for name, value in pair[0].state_dict().items():
        assert torch.equal(value, pair[1].state_dict()[name]), name


def test_less_is_kept_for_the_way_back(pair: tuple[VGG, VGG]) -> None:
    def kept(network: VGG) -> int:
        sizes: list[int] = []

        def note(value: Tensor) -> Tensor:
            sizes.append(value.nbytes)
            return value

        with torch.autograd.graph.saved_tensors_hooks(note, lambda value: value):
            loss(network)
        return sum(sizes)

    assert kept(pair[1]) < kept(pair[0]) / 5


def test_an_evaluation_is_the_same(pair: tuple[VGG, VGG]) -> None:
    with torch.inference_mode():
        assert torch.equal(*(network.eval()(IMAGES) for network in pair))
