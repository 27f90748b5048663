"""How an upload becomes a data set: the fields beside the file of `POST /datasets`."""

from typing import Literal

from pydantic import Field

from model.data.images import How
from model.spec.fields import Strict
from model.spec.training import LARGEST_SEED


class Preparation(Strict):
    """How an upload becomes a data set. The same bytes prepared in the same way are the same data set."""

    image_size: int | None = Field(
        None,
        ge=8,
        le=1024,
        description="Pixels a side that pictures are kept at. Unset: the median of their shorter sides, 224 at most.",
    )
    fit: How = Field(
        "stretch",
        description="How a picture becomes square. stretch: both sides to image_size. crop: the middle. pad: black "
        "beside it.",
    )
    channels: Literal[1, 3] | None = Field(
        None, description="1: gray, 3: colour. Unset: gray where every picture is."
    )
    test_split: float = Field(
        0.2,
        gt=0,
        le=0.5,
        description="Share of each class that is tested on, where the upload has no test split.",
    )
    seed: int = Field(0, ge=0, le=LARGEST_SEED, description="Of the split.")
    bad_files: Literal["skip", "fail"] = Field(
        "skip",
        description="skip: pictures that cannot be read are left out and listed. fail: one refuses them all.",
    )
    duplicates: Literal["keep", "drop"] = Field(
        "keep",
        description="drop: of pictures with the same bytes one stays, in test before train, and none where their "
        "labels differ. keep: they are listed only.",
    )
