"""Random changes to training images that leave what is on them what it is."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SerializerFunctionWrapHandler, model_serializer
from pydantic_core import PydanticCustomError

from model.spec.fields import Strict, listed


def _rises(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > pair[1]:
        raise PydanticCustomError("falls", "the first number must not be above the second")
    return pair


Share = Annotated[float, Field(gt=0, le=1)]
Shares = Annotated[tuple[Share, Share], listed(), AfterValidator(_rises)]
Ratio = Annotated[float, Field(ge=0.1, le=10)]
Ratios = Annotated[tuple[Ratio, Ratio], listed(), AfterValidator(_rises)]
Strength = Annotated[float, Field(ge=0, le=1, description="The furthest that its factor is from 1.")]


class Named(Strict):
    """Written as its name alone where every parameter has its default."""

    name: str

    @model_serializer(mode="wrap")
    def _short(self, whole: SerializerFunctionWrapHandler) -> str | dict[str, Any]:
        return self.name if self == type(self)(name=self.name) else whole(self)


class HorizontalFlip(Named):
    """Left and right exchanged, in every other image."""

    name: Literal["horizontal_flip"]


class VerticalFlip(Named):
    """Upside down, every other image."""

    name: Literal["vertical_flip"]


class PadCrop(Named):
    """A shift by up to an eighth of the size, black coming in (He et al. 2015, arXiv 1512.03385)."""

    name: Literal["pad_crop"]


class ResizedCrop(Named):
    """A part of the image, enlarged to all of it (Szegedy et al. 2014, arXiv 1409.4842)."""

    name: Literal["resized_crop"]
    scale: Shares = Field((0.08, 1.0), description="Least and largest share of the area.")
    ratio: Ratios = Field((3 / 4, 4 / 3), description="Least and largest width of the part over its height.")


class Rotation(Named):
    """About the middle, black coming in."""

    name: Literal["rotation"]
    degrees: float = Field(15.0, gt=0, le=180, description="At most, either way.")


class Color(Named):
    """Each by a factor between 1 - strength and 1 + strength; gray images have only brightness and contrast."""

    name: Literal["color"]
    brightness: Strength = 0.4
    contrast: Strength = 0.4
    saturation: Strength = 0.4
    hue: float = Field(0.0, ge=0, le=0.5, description="Turned by up to this share of the circle, either way.")


class RandAugment(Named):
    """So many of 14 operations, all at one strength (Cubuk et al. 2019, arXiv 1909.13719)."""

    name: Literal["rand_augment"]
    operations: int = Field(2, ge=1, le=14, description="One after another, each drawn anew.")
    magnitude: int = Field(9, ge=0, le=30, description="Their strength; 30 is the most.")


class TrivialAugment(Named):
    """One of 14 operations at a strength drawn for each image (Müller and Hutter 2021, arXiv 2103.10158)."""

    name: Literal["trivial_augment"]


class Erasing(Named):
    """A rectangle made black (Zhong et al. 2017, arXiv 1708.04896)."""

    name: Literal["erasing"]
    probability: Share = Field(0.5, description="Share of the images that have one.")
    scale: Shares = Field((0.02, 0.33), description="Least and largest share of the area.")


Kind = Annotated[
    HorizontalFlip
    | VerticalFlip
    | PadCrop
    | ResizedCrop
    | Rotation
    | Color
    | RandAugment
    | TrivialAugment
    | Erasing,
    Field(discriminator="name"),
]
Name = Literal[
    "horizontal_flip",
    "vertical_flip",
    "pad_crop",
    "resized_crop",
    "rotation",
    "color",
    "rand_augment",
    "trivial_augment",
    "erasing",
]


def _from_name(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


Augmentation = Annotated[Kind, BeforeValidator(_from_name, json_schema_input_type=Name | Kind)]
