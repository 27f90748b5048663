"""The running mean of the weights."""

import pytest
import torch

from model.network.vgg import VGG
from model.spec import Architecture
from model.training.averaging import Average, warmed


@pytest.fixture
def network() -> VGG:
    architecture = {"blocks": [[1, 4]], "classifier": [], "head": "average", "batch_norm": True}
    return VGG(Architecture.model_validate(architecture), 1, 8, 3)


def fill(network: VGG, value: float) -> None:
    for parameter in network.parameters():
        torch.nn.init.constant_(parameter, value)


def test_the_average_is_the_recurrence_with_a_decay_that_warms_up(network: VGG) -> None:
    average, expected = Average(network, decay=0.3), 0.0
    for step in range(8):
        fill(network, float(step))
        average.update(network)
        decay = min(0.3, (1 + step) / (10 + step)) if step else 0.0
        expected = decay * expected + (1 - decay) * step
    assert next(average.module.parameters()).flatten()[0].item() == pytest.approx(expected, rel=1e-6)


def test_the_decay_rises_to_the_one_that_was_asked_for() -> None:
    decays = [warmed(0.999, step) for step in range(20_000)]
    assert decays == sorted(decays)
    assert decays[0] == 0.1
    assert decays[-1] == 0.999


def test_running_statistics_are_averaged_and_batches_counted(network: VGG) -> None:
    average = Average(network, decay=0.5)
    means = []
    for _ in range(3):
        network.train()(torch.rand(4, 1, 8, 8))
        average.update(network)
        means.append(network.state_dict()["features.0.norm1.running_mean"].clone())
    averaged = average.module.state_dict()
    assert averaged["features.0.norm1.num_batches_tracked"] == 3
    expected = means[0].lerp(means[1], 1 - 2 / 11).lerp(means[2], 1 - 3 / 12)
    torch.testing.assert_close(averaged["features.0.norm1.running_mean"], expected)


def test_a_network_is_its_own_average_before_the_first_step(network: VGG) -> None:
    average = Average(network, decay=0.999)
    images = torch.rand(2, 1, 8, 8)
    assert torch.equal(average.module.eval()(images), network.eval()(images))
