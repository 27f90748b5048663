"""Training on blends of two images of a batch, with the two labels in the same shares."""

from typing import Annotated, Literal

from pydantic import Field

from model.spec.fields import Strict

Alpha = Annotated[
    float,
    Field(
        gt=0,
        le=100,
        description="Each batch's share is drawn from Beta(alpha, alpha): small ones mix little.",
    ),
]


class MixUp(Strict):
    """Weighted means of two images (Zhang et al. 2018, arXiv 1710.09412)."""

    name: Literal["mixup"]
    alpha: Alpha = 0.2


class CutMix(Strict):
    """A rectangle of one image in another (Yun et al. 2019, arXiv 1905.04899)."""

    name: Literal["cutmix"]
    alpha: Alpha = 1.0


Mixing = MixUp | CutMix
