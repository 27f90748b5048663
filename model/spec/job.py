"""One training run."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from model.spec.architecture import Architecture
from model.spec.data import Data
from model.spec.fields import Strict
from model.spec.training import Training

Label = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f:]+$")]


class JobSpec(Strict):
    """One training run."""

    name: str | None = Field(None, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")
    labels: dict[Label, Label] = Field(default={}, max_length=16)
    priority: int = Field(
        0, ge=-100, le=100, description="Higher runs first; first in, first out within one."
    )
    architecture: Architecture
    data: Data
    training: Training

    @model_validator(mode="after")
    def _early_stopping_has_what_it_needs(self) -> Self:
        if self.training.early_stopping and not (
            self.data.validation_split and self.training.evaluation_interval
        ):
            raise PydanticCustomError(
                "early_stopping",
                "early_stopping needs data.validation_split and training.evaluation_interval",
            )
        return self
