"""How the learning rate changes from batch to batch; `model.training.schedule` computes it."""

from typing import Annotated, Literal

from pydantic import Field

from model.spec.fields import Strict


class Warmed(Strict):
    warmup_steps: int = Field(0, ge=0, le=10_000_000, description="Linear rise from 0 to the first rate.")


class Constant(Warmed):
    """The same rate all the way."""

    name: Literal["constant"] = "constant"


class Step(Warmed):
    """A drop every so many steps."""

    name: Literal["step"]
    step_size: int = Field(ge=1, le=100_000_000, description="Steps between two drops.")
    gamma: float = Field(0.1, gt=0, le=1, description="Factor of each drop.")


class Cosine(Warmed):
    """Down along half a cosine, over all steps (Loshchilov and Hutter 2016, arXiv 1608.03983)."""

    name: Literal["cosine"]
    minimum: float = Field(0.0, ge=0, lt=1, description="Last rate as a share of learning_rate.")


class Exponential(Strict):
    """From `first`, a share of learning_rate, to all of it: of the range test alone, no spec names it."""

    name: Literal["exponential"] = "exponential"
    first: float


class OneCycle(Strict):
    """learning_rate is the peak (Smith and Topin 2018, arXiv 1708.07120)."""

    name: Literal["one_cycle"]
    rise: float = Field(0.3, gt=0, lt=1, description="Share of the steps spent rising.")
    initial_divisor: float = Field(25.0, ge=1, le=1e6, description="The first rate is the peak over this.")
    final_divisor: float = Field(1e4, ge=1, le=1e9, description="The last rate is the first over this.")


Schedule = Annotated[Constant | Step | Cosine | OneCycle, Field(discriminator="name")]
