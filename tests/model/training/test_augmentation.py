"""Random changes to training images: what they do, and that they follow from their step alone."""

from typing import Any, get_args

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from model.data.dataset import generator
from model.refusal import Refusal, from_validation
from model.spec import Data
from model.spec.augmentation import Name
from model.training.augmentation import WHOLE, augmenter
from model.training.transforms import CHANGES

NAMES: list[str] = list(get_args(Name))


def augmented(images: Tensor, *augmentation: str | dict[str, Any], step: int = 0) -> Tensor:
    data = Data.model_validate({"dataset": "mnist", "augmentation": list(augmentation)})
    return augmenter(data.augmentation)(images, generator(1, step))


def noise(images: int = 16, channels: int = 3, side: int = 28) -> Tensor:
    random = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (images, channels, side, side), dtype=torch.uint8, generator=random)


def refused(augmentation: object) -> Refusal:
    body = {"dataset": "mnist", "augmentation": [augmentation]}
    with pytest.raises(ValidationError) as caught:
        Data.model_validate(body)
    (refusal,) = from_validation(caught.value, body)
    return refusal


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_change_is_a_function_of_seed_and_step(name: str, channels: int) -> None:
    images = noise(channels=channels)
    torch.manual_seed(1)
    state = torch.get_rng_state()
    once = augmented(images, name, "horizontal_flip", step=5)
    assert torch.equal(state, torch.get_rng_state())  # whatever else is drawn is drawn as without it
    torch.rand(10)
    assert torch.equal(once, augmented(images, name, "horizontal_flip", step=5))
    assert not torch.equal(once, augmented(images, name, "horizontal_flip", step=6))
    assert once.shape == images.shape
    assert once.dtype == torch.uint8


@pytest.mark.parametrize("name", NAMES)
def test_each_image_is_drawn_for_itself(name: str) -> None:
    images = noise(images=1).expand(32, 3, 28, 28).contiguous()
    assert len({tuple(image.flatten().tolist()) for image in augmented(images, name)}) > 1


@pytest.mark.parametrize("name", NAMES)
def test_where_the_channels_lie_in_memory_does_not_matter(name: str) -> None:
    images = noise()
    last = images.contiguous(memory_format=torch.channels_last)
    difference = augmented(images, name).int() - augmented(last, name).int()
    assert int(difference.abs().max()) <= 1  # interpolation rounds in another order


@pytest.mark.parametrize(("name", "dimension"), [("horizontal_flip", -1), ("vertical_flip", -2)])
def test_a_flip_mirrors_some_images_and_leaves_the_rest(name: str, dimension: int) -> None:
    images = noise(64, 1, 8)
    flipped = augmented(images, name)
    mirrored = [bool(torch.equal(a, b.flip(dimension))) for a, b in zip(flipped, images, strict=True)]
    same = [bool(torch.equal(a, b)) for a, b in zip(flipped, images, strict=True)]
    assert 10 < sum(mirrored) < 54
    assert all(m or s for m, s in zip(mirrored, same, strict=True))


def test_a_shift_is_one_with_black_coming_in() -> None:
    images = torch.full((32, 1, 8, 8), 9, dtype=torch.uint8)
    lit = (augmented(images, "pad_crop") == 9).sum((1, 2, 3))
    assert set(lit.tolist()) <= {rows * columns for rows in (7, 8) for columns in (7, 8)}
    assert len(set(lit.tolist())) > 1


def test_a_crop_of_the_whole_image_is_the_image() -> None:
    images = noise()
    whole = {"name": "resized_crop", "scale": [1.0, 1.0], "ratio": [1.0, 1.0]}
    assert torch.equal(augmented(images, whole), images)


def test_a_rotation_by_almost_nothing_is_the_image() -> None:
    images = noise().float().mean((2, 3), keepdim=True).expand(16, 3, 28, 28).to(torch.uint8)
    turned = augmented(images, {"name": "rotation", "degrees": 1e-6}).int() - images.int()
    assert int(turned.abs().max()) <= 1


def test_gray_images_have_brightness_and_contrast_only() -> None:
    images = noise(channels=1)
    others = {"name": "color", "brightness": 0.0, "contrast": 0.0, "saturation": 1.0, "hue": 0.5}
    assert torch.equal(augmented(images, others), images)
    assert not torch.equal(augmented(images, {"name": "color", "saturation": 0.0}), images)


def test_what_is_erased_is_a_black_rectangle_of_the_share_asked_for() -> None:
    images = torch.full((32, 3, 40, 40), 9, dtype=torch.uint8)
    erased = augmented(images, {"name": "erasing", "probability": 1.0, "scale": [0.1, 0.2]}) == 0
    shares = erased.float().mean((1, 2, 3))
    assert float(shares.min()) > 0.08
    assert float(shares.max()) < 0.22
    for image in erased:
        rows, columns = image[0].any(1), image[0].any(0)
        assert int(image[0].sum()) == int(rows.sum()) * int(columns.sum())


def test_changes_are_made_in_the_order_they_are_listed() -> None:
    images = noise()
    assert not torch.equal(augmented(images, "rotation", "erasing"), augmented(images, "erasing", "rotation"))


def test_every_name_is_known_to_the_trainer() -> None:
    assert set(NAMES) == WHOLE.keys() | CHANGES.keys()


def test_a_spec_keeps_the_short_form_and_the_parameters_that_were_given() -> None:
    given = ["pad_crop", {"name": "rotation", "degrees": 30.0}, {"name": "erasing"}]
    data = Data.model_validate({"dataset": "mnist", "augmentation": given})
    written = data.model_dump(mode="json")["augmentation"]
    assert written == ["pad_crop", {"name": "rotation", "degrees": 30.0}, "erasing"]
    assert Data.model_validate({"dataset": "mnist", "augmentation": written}) == data


def test_a_name_that_is_not_known_is_refused_with_the_one_that_was_meant() -> None:
    for augmentation, pointer in (("rotaton", ""), ({"name": "rotaton"}, "/name")):
        refusal = refused(augmentation)
        assert (refusal.pointer, refusal.suggestion) == (f"/augmentation/0{pointer}", "rotation")


@pytest.mark.parametrize(
    ("augmentation", "field"),
    [
        ({"name": "rotation", "degrees": 181}, "degrees"),
        ({"name": "resized_crop", "scale": [0.5, 0.2]}, "scale"),
        ({"name": "resized_crop", "ratio": [0.0, 1.0]}, "ratio/0"),
        ({"name": "color", "hue": 0.6}, "hue"),
        ({"name": "rand_augment", "magnitude": 31}, "magnitude"),
        ({"name": "rand_augment", "operations": 0}, "operations"),
        ({"name": "erasing", "probability": 1.5}, "probability"),
        ({"name": "vertical_flip", "degrees": 3}, "degrees"),
    ],
    ids=str,
)
def test_a_parameter_out_of_range_is_refused_at_its_field(augmentation: dict[str, Any], field: str) -> None:
    assert refused(augmentation).pointer == f"/augmentation/0/{field}"
