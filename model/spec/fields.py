"""How every part of a spec reads its fields."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def listed(**limits: Any) -> Any:
    """A field that takes a JSON list for a tuple; its items stay strict."""
    return Field(strict=False, **limits)
