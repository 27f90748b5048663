"""One training run."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from model.spec.architecture import Architecture
from model.spec.data import Data
from model.spec.fields import Strict
from model.spec.initial import InitFrom
from model.spec.lr_range import LrRange
from model.spec.training import Training

Label = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f:]+$")]


class JobSpec(Strict):
    """One training run."""

    name: str | None = Field(
        None,
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f]+$",
        description="For people; several jobs may have it.",
    )
    labels: dict[Label, Label] = Field(
        default={}, max_length=16, description="Names and values that lists of jobs can be narrowed by."
    )
    priority: int = Field(
        0, ge=-100, le=100, description="Higher runs first; first in, first out within one."
    )
    mode: Literal["train", "lr_range"] = Field(
        "train",
        description="lr_range: find a learning rate in place of training a model. The rate rises exponentially over "
        "max_steps until the loss diverges; the job's `lr_range` then holds the suggestion. The optimizer's "
        "learning_rate, schedule, evaluation_interval and early_stopping have no part in it.",
    )
    lr_range: LrRange | None = Field(
        None, validate_default=True, description="With mode lr_range; unset: from 1e-6 to 10."
    )
    init_from: InitFrom | None = Field(None, description="Weights to begin with, in place of random ones.")
    architecture: Architecture
    data: Data
    training: Training

    @field_validator("lr_range")
    @classmethod
    def _has_its_mode(cls, lr_range: LrRange | None, info: ValidationInfo) -> LrRange | None:
        if info.data.get("mode") == "lr_range":
            return lr_range or LrRange()
        if lr_range is not None:
            raise PydanticCustomError("lr_range_mode", "lr_range needs mode lr_range")
        return None
