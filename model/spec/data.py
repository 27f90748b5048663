"""Which images."""

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from model.spec.augmentation import Augmentation
from model.spec.fields import Strict, listed


class Data(Strict):
    """Which images, and what is done to them before the network sees them."""

    dataset: str | None = Field(
        None,
        min_length=1,
        max_length=100,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$",
        description="One that is built in, or one's own by its name, `name:version` or id.",
    )
    classes: int | None = Field(
        None, ge=2, le=100_000, description="In place of a dataset, to validate only."
    )
    channels: Literal[1, 3] | None = Field(None, description="In place of a dataset, to validate only.")
    image_size: int | None = Field(
        None, ge=8, le=1024, description="Pixels a side; unset: the dataset's own size."
    )
    normalization: Literal["unit", "standard", "imagenet"] = Field(
        "unit",
        description="unit: pixels in [0, 1]. standard: then each channel to mean 0, deviation 1. imagenet: by the mean "
        "and deviation of ImageNet, for colour.",
    )
    augmentation: tuple[Augmentation, ...] = listed(
        default=(),
        max_length=8,
        description="Of training images, in order, each drawn for itself; a name, or an object with parameters.",
    )
    sampling: Literal["uniform", "balanced"] = Field(
        "uniform",
        description="balanced: as many images of each class, whose own come in turn; an epoch has as many as before.",
    )
    validation_split: float = Field(0.0, ge=0, le=0.5, description="Share of the training images held out.")

    @model_validator(mode="after")
    def _dataset_or_shape(self) -> Self:
        if self.dataset and (self.classes or self.channels):
            raise PydanticCustomError(
                "dataset_and_shape", "a dataset has its own classes and channels: drop them"
            )
        if not self.dataset and not (self.classes and self.channels and self.image_size):
            raise PydanticCustomError(
                "dataset_missing", "give a dataset (or classes, channels and image_size)"
            )
        return self
