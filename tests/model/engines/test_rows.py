"""A classifier whose weights are read for the inputs there are."""

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from model.engines.rows import Rows, by_rows


@pytest.fixture(params=[1, 2, 3])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def layer(inputs: int, outputs: int) -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(inputs, outputs).requires_grad_(False)


@pytest.mark.parametrize(("inputs", "outputs"), [(300, 64), (300, 7), (1, 1)])
@pytest.mark.parametrize("share", [1.0, 0.3, 0.0])
def test_it_says_what_the_layer_says_however_many_inputs_are_zero(
    threads: int, inputs: int, outputs: int, share: float
) -> None:
    linear = layer(inputs, outputs)
    values = torch.randn(inputs) * (torch.rand(inputs) < share)
    torch.testing.assert_close(Rows(linear)(values), linear(values), rtol=0.01, atol=0.02)


def test_a_weight_far_larger_than_others_blurs_those_of_its_own_input_alone() -> None:
    linear = layer(300, 64)
    linear.weight[0, 0] = 1000.0
    values = torch.randn(300)
    values[0] = 0.0
    torch.testing.assert_close(Rows(linear)(values), linear(values), rtol=0.01, atol=0.02)


def test_what_is_no_number_stays_none() -> None:
    values = torch.zeros(300)
    values[7] = torch.nan
    assert Rows(layer(300, 64))(values).isnan().all()


def test_layers_follow_each_other_as_they_did_and_no_weight_takes_more_than_a_byte() -> None:
    layers = nn.Sequential(layer(300, 64), nn.ReLU(), nn.Dropout(0.5), layer(64, 32), nn.ReLU()).eval()
    values = torch.randn(300).relu()
    rows = by_rows(layers)
    torch.testing.assert_close(rows(values), layers(values), rtol=0.01, atol=0.02)
    weights = 300 * 64 + 64 * 32
    assert sum(each.nbytes for each in rows.buffers()) < 1.4 * weights


@pytest.mark.parametrize("threads", [3], indirect=True)
def test_outputs_that_threads_cannot_share_equally_are_shared_by_fewer(threads: int) -> None:
    assert len(Rows(layer(300, 64)).part) == 2
    assert len(Rows(layer(300, 63)).part) == threads
    assert len(Rows(layer(300, 7)).part) == 1
