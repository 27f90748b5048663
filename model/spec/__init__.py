"""What a job is asked to do: architecture, data and training, checked field by field. Pydantic only, no torch.

`JobSpec` is the body of `POST /jobs` and the file that `python -m model` reads. A field that is not known is
an error, never ignored; numbers are never made from strings; NaN and Infinity are refused.

job.py           one training run
architecture.py  the network
presets.py       the published ones
data.py          which images
augmentation.py  random changes to them
initial.py       weights to begin with
training.py      how the weights are found
optimizer.py     how a gradient moves them
schedule.py      the learning rate, from batch to batch
mixing.py        blends of two images
averaging.py     which mean of the weights is kept
rollback.py      what is done about numbers that are none
lr_range.py      the learning-rate range test
lineage.py       what two runs share where one goes on from the other
fields.py        how every part reads its fields
"""

from model.spec.architecture import Architecture, Block
from model.spec.data import Data
from model.spec.job import JobSpec
from model.spec.training import Training

__all__ = ["Architecture", "Block", "Data", "JobSpec", "Training"]
