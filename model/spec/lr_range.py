"""The learning-rate range test (Smith 2017, arXiv 1506.01186)."""

from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from model.spec.fields import Strict


class LrRange(Strict):
    """The learning rate rises exponentially, from the first step to the last."""

    minimum: float = Field(1e-6, gt=0, le=100, description="Rate of the first step.")
    maximum: float = Field(10.0, gt=0, le=100, description="Rate of the last step.")

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.minimum >= self.maximum:
            raise PydanticCustomError("lr_range", "minimum must be below maximum")
        return self
