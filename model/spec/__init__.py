"""What a job is asked to do: architecture, data and training, checked field by field. Pydantic only, no torch.

`JobSpec` is the body of `POST /jobs` and the file that `python -m model` reads. A field that is not known is
an error, never ignored; numbers are never made from strings; NaN and Infinity are refused.
"""

from model.spec.architecture import Architecture, Block
from model.spec.data import Data
from model.spec.job import JobSpec
from model.spec.training import Training

__all__ = ["Architecture", "Block", "Data", "JobSpec", "Training"]
