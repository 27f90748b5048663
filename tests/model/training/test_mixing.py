"""Blends of images and labels."""

import pytest
import torch
from pydantic import TypeAdapter

from model.data.dataset import generator
from model.spec.mixing import Mixing
from model.training.mixing import largest, mixer

NAMES = ["mixup", "cutmix"]
LABELS = torch.arange(6)
# Every value of image i is i, so that a pixel of a blend tells its origin.
IMAGES = torch.arange(6.0).view(6, 1, 1, 1).expand(6, 3, 8, 8).contiguous(memory_format=torch.channels_last)


def mixed(name: str, step: int) -> tuple[torch.Tensor, torch.Tensor]:
    mixing: Mixing = TypeAdapter(Mixing).validate_python({"name": name, "alpha": 1.0})
    return mixer(mixing, 6)(IMAGES, LABELS, generator(0, step))


@pytest.mark.parametrize("name", NAMES)
def test_labels_are_blended_in_the_shares_of_the_images(name: str) -> None:
    for step in range(5):
        blends, shares = mixed(name, step)
        torch.testing.assert_close(shares.sum(1), torch.ones(6))
        torch.testing.assert_close(blends.mean((1, 2, 3)), shares @ LABELS.float())
        assert blends.is_contiguous(memory_format=torch.channels_last)


def test_a_cut_takes_whole_pixels_of_two_images() -> None:
    blends, shares = mixed("cutmix", 3)
    for blend, share in zip(blends, shares, strict=True):
        assert set(blend.unique().tolist()) == set(share.nonzero().flatten().tolist())


@pytest.mark.parametrize("name", NAMES)
def test_a_blend_follows_from_its_step_alone(name: str) -> None:
    torch.manual_seed(1)
    first, state = mixed(name, 4), torch.get_rng_state()
    torch.rand(10)
    again, other = mixed(name, 4), mixed(name, 5)
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[1], other[1])
    torch.manual_seed(1)
    assert torch.equal(state, torch.get_rng_state())  # whatever else is drawn is drawn as without it


@pytest.mark.parametrize("name", NAMES)
def test_the_label_of_a_blend_is_that_of_its_larger_part(name: str) -> None:
    for step in range(5):
        _, shares = mixed(name, step)
        own = shares[0, 0] > 0.5
        assert largest(shares).tolist() == (LABELS if own else LABELS.roll(1)).tolist()


def test_without_mixing_nothing_changes() -> None:
    images, labels = mixer(None, 6)(IMAGES, LABELS, generator(0, 0))
    assert images is IMAGES
    assert largest(labels) is LABELS
