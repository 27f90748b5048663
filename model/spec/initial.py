"""Weights to begin with, in place of random ones."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from model.spec.fields import Strict

LayerName = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class InitFrom(Strict):
    """The layers of another network; its last one only where the classes are the same."""

    job: Annotated[str, StringConstraints(pattern=r"^job_[0-9a-f]{28}$")] | None = Field(
        None, description="One that succeeded: its model."
    )
    weights: Literal["imagenet"] | None = Field(
        None,
        description="torchvision's, trained on ImageNet, for vgg11 to vgg19 with and without batch_norm.",
    )
    freeze: Annotated[int, Field(ge=0)] | Annotated[tuple[LayerName, ...], Field(strict=False)] = Field(
        0,
        description="Layers that keep these weights: the first so many, or by name as in the layer table; `features` "
        "is all convolutions, `features.0` a block.",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.job is None) == (self.weights is None):
            raise PydanticCustomError("init_from", "give job or weights, one of the two")
        return self
