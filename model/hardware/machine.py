"""What a worker's machine is and how fast it trains, as `model.estimate.calibration` measured it. No torch."""

import os
import resource
import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from model.hardware.grid import Grid
from model.spec import JobSpec


class Speed(BaseModel):
    """Seconds of each kind of work in one precision, forward and backward together."""

    model_config = ConfigDict(frozen=True)

    convolution: Grid  # a FLOP, by channels in, channels out, and places in the maps of a whole batch
    matrix: Grid  # a FLOP of a fully connected layer, by images and by width
    norm: Grid  # a value put out, by values
    activation: Grid
    pooling: Grid
    input: Grid  # a value of an image made ready, by values
    layer: float  # to get a layer going, however small
    step: float  # to get a step going
    correction: float  # what a whole training took, as a multiple of the sum of its parts


class Machine(BaseModel):
    """The device that `auto` trains on there. Only what is measured under the same name is comparable."""

    model_config = ConfigDict(frozen=True)

    device: str  # cpu or cuda
    torch: str
    threads: int
    memory_bytes: int  # of the device
    process_bytes: int  # what an idle trainer takes of it
    native_bf16: bool
    update: float = 0.0  # seconds an fp32 value that the optimizer reads or writes
    speeds: dict[str, Speed] = {}  # by precision; none where nothing was measured

    def precision(self, spec: JobSpec) -> str:
        return precision(spec, self.native_bf16)

    def runs(self, spec: JobSpec) -> bool:
        """Whether the spec would be trained on the device that was measured."""
        return spec.training.device == "auto" or spec.training.device.split(":")[0] == self.device


def precision(spec: JobSpec, native_bf16: bool) -> str:
    """`auto` is bf16 where the device multiplies it natively; `python -m benchmarks precision` says what that costs."""
    if spec.training.precision != "auto":
        return spec.training.precision
    return "bf16" if native_bf16 else "fp32"


def physical_memory() -> int:
    """Bytes of this machine, for all its processes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def resident_bytes() -> int:
    """What this process takes now; its peak, where only that can be known."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
