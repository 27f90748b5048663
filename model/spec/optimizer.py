"""How a gradient moves the weights: fields and defaults of `torch.optim`, but the learning rate is always given."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from model.spec.fields import Strict, listed

LearningRate = Annotated[float, Field(gt=0, le=100, description="The largest that the schedule comes to.")]
WeightDecay = Annotated[
    float, Field(ge=0, le=10, description="Pull of each weight to zero, in proportion to it.")
]
Eps = Annotated[float, Field(gt=0, le=1, description="Added to the denominator, so that it is not zero.")]
Momentum = Annotated[
    float, Field(ge=0, lt=1, description="Share of the last step that goes on into the next.")
]
Betas = Annotated[
    tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0, lt=1)]],
    listed(description="Decay of the running means of gradients and of their squares."),
]


class Sgd(Strict):
    """A step against the gradient of each batch."""

    name: Literal["sgd"]
    learning_rate: LearningRate
    momentum: Momentum = 0.0
    nesterov: bool = Field(False, description="Take the gradient where the momentum leads (Nesterov 1983).")
    weight_decay: WeightDecay = 0.0

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.nesterov and self.momentum == 0:
            raise PydanticCustomError("nesterov", "nesterov needs a momentum above 0, such as 0.9")
        return self


class Adam(Strict):
    """The mean of gradients over the root of that of their squares (Kingma and Ba 2014, arXiv 1412.6980)."""

    name: Literal["adam"]
    learning_rate: LearningRate
    betas: Betas = (0.9, 0.999)
    eps: Eps = 1e-8
    weight_decay: WeightDecay = 0.0


class AdamW(Strict):
    """Adam whose weight decay is no part of the gradient (Loshchilov and Hutter 2017, arXiv 1711.05101)."""

    name: Literal["adamw"]
    learning_rate: LearningRate
    betas: Betas = (0.9, 0.999)
    eps: Eps = 1e-8
    weight_decay: WeightDecay = 0.01


class RMSprop(Strict):
    """Gradients over the root of their running mean square (Tieleman and Hinton 2012, lecture 6.5)."""

    name: Literal["rmsprop"]
    learning_rate: LearningRate
    alpha: float = Field(0.99, ge=0, lt=1, description="Decay of the running mean square.")
    eps: Eps = 1e-8
    momentum: Momentum = 0.0
    centered: bool = Field(
        False, description="Divide by the running deviation instead (Graves 2013, arXiv 1308.0850)."
    )
    weight_decay: WeightDecay = 0.0


class Adagrad(Strict):
    """Gradients over the root of the sum of all their squares (Duchi et al. 2011)."""

    name: Literal["adagrad"]
    learning_rate: LearningRate
    lr_decay: float = Field(
        0.0, ge=0, le=1, description="The schedule's rate over 1 + lr_decay * steps, on top of the schedule."
    )
    initial_accumulator_value: float = Field(
        0.0, ge=0, le=1e6, description="Sum of squares before the first step."
    )
    eps: Eps = 1e-10
    weight_decay: WeightDecay = 0.0


class Adadelta(Strict):
    """Gradients in the unit of the weights (Zeiler 2012, arXiv 1212.5701); its own learning_rate is 1."""

    name: Literal["adadelta"]
    learning_rate: LearningRate
    rho: float = Field(0.9, ge=0, lt=1, description="Decay of both running means of squares.")
    eps: Eps = 1e-6
    weight_decay: WeightDecay = 0.0


Optimizer = Annotated[Sgd | Adam | AdamW | RMSprop | Adagrad | Adadelta, Field(discriminator="name")]
