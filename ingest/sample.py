"""One labelled picture of an upload, before anybody has looked at it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Split = Literal["train", "validation", "test"]


@dataclass(frozen=True, slots=True)
class Sample:
    path: str  # in the upload; no two are the same
    label: str  # name of its class
    split: Split | None  # None: the upload does not say
    content: bytes | NDArray[np.uint8]  # an encoded picture, or its pixels (height, width, 1 or 3)
