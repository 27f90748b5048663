"""Pooling in C against torch's own: the same values and gradients, bit for bit."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from model.network.pooling import MaxPoolReLU, library, pool_relu
from model.runs.run import Run
from model.spec import JobSpec
from tests.conftest import TINY

SHAPES = [(3, 64, 12, 12), (2, 5, 7, 9), (1, 1, 2, 2), (4, 3, 96, 3), (2, 130, 3, 2)]


def both(maps: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Values and gradients by C and by torch."""
    gradient = torch.randn(pool_relu(maps).shape, generator=torch.Generator().manual_seed(1)).to(maps.dtype)
    found = []
    for pool in (MaxPoolReLU(), pool_relu):
        leaf = maps.clone(memory_format=torch.preserve_format).requires_grad_()
        pooled = pool(leaf)
        pooled.backward(gradient.contiguous(memory_format=torch.channels_last))
        assert leaf.grad is not None
        found.append((pooled.detach(), leaf.grad))
    return found


def same(one: Tensor, other: Tensor) -> bool:
    return torch.equal(one.isnan(), other.isnan()) and torch.equal(one.nan_to_num(), other.nan_to_num())


def test_a_c_compiler_is_found_here() -> None:
    assert library() is not None  # else the tests below compare torch with itself


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_values_and_gradients_are_those_of_torch(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    maps = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(dtype)
    in_c, by_torch = both(maps.contiguous(memory_format=torch.channels_last))
    assert all(torch.equal(one, other) for one, other in zip(in_c, by_torch, strict=True))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("value", [1.0, 0.0, -0.0, -1.0, float("inf"), float("-inf"), float("nan")])
def test_equal_values_and_values_that_are_no_numbers_go_where_torch_puts_them(
    value: float, dtype: torch.dtype
) -> None:
    maps = torch.randn((2, 8, 6, 6), generator=torch.Generator().manual_seed(0)).to(dtype)
    maps[torch.rand(maps.shape, generator=torch.Generator().manual_seed(2)) < 0.6] = value
    in_c, by_torch = both(maps.contiguous(memory_format=torch.channels_last))
    assert all(same(one, other) for one, other in zip(in_c, by_torch, strict=True))


def losses() -> list[float]:
    """Of a short training."""
    spec = JobSpec.model_validate({**TINY, "training": {**TINY["training"], "max_steps": 5}})
    return [row["loss"] for row in Run(spec, Path("datasets"), None) if row["kind"] == "batch"]


@pytest.fixture
def compiled_anew() -> Iterator[None]:
    library.cache_clear()
    yield
    library.cache_clear()


@pytest.mark.usefixtures("compiled_anew")
def test_where_nothing_can_be_compiled_a_run_says_so_and_has_the_same_losses(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    in_c = losses()
    assert "compiled with" in caplog.text
    for compiler, said in (("no-such-compiler", "no C compiler"), ("false", "cannot be compiled")):
        library.cache_clear()
        monkeypatch.setenv("CC", compiler)
        assert losses() == in_c
        assert said in caplog.text
    assert len(in_c) == 5
