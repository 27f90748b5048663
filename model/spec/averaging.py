"""Which mean of the weights of all steps is evaluated and kept, where it is not the last step's."""

from typing import Literal

from pydantic import Field

from model.spec.fields import Strict


class Ema(Strict):
    """Exponential moving average of the weights of all steps (Polyak and Juditsky 1992)."""

    name: Literal["ema"]
    decay: float = Field(
        0.999,
        gt=0,
        lt=1,
        description="Share of the old average that each step keeps; (1 + step) / (10 + step) while that is less.",
    )
