"""Where and in which precision a spec trains, and what it says when that place is too small."""

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from model.errors import DeviceMissing, OutOfMemory
from model.spec import JobSpec

CPUINFO = Path("/proc/cpuinfo")
BF16_FLAGS = ("amx_bf16", "avx512_bf16", "bf16")  # x86 and Arm units that multiply bf16 natively


def choose_device(name: str) -> torch.device:
    """`auto` is the first GPU, else the CPU. DeviceMissing."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise DeviceMissing(f"there is no device {name} on {platform.node()}")
    return device


def choose_precision(spec: JobSpec, device: torch.device) -> str:
    """`auto` is bf16 where the processor multiplies it natively and batch normalization keeps it stable."""
    if spec.training.precision != "auto":
        return spec.training.precision
    return "bf16" if spec.architecture.batch_norm and has_native_bf16(device) else "fp32"


def has_native_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    flags = CPUINFO.read_text().split() if CPUINFO.exists() else []
    return any(flag in flags for flag in BF16_FLAGS)


def prefer_repeatable(deterministic: bool) -> None:
    """On CUDA, kernels that add in the same order at every run, or else the fastest, found by trying them.

    An operation that has no such kernel raises RuntimeError. On a CPU every kernel here is of that sort.
    """
    torch.use_deterministic_algorithms(deterministic)
    # Filling fresh memory with NaN finds bugs, at the price of a pass over it.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = not deterministic


@contextmanager
def out_of_memory_named(spec: JobSpec) -> Iterator[None]:
    """Turns torch's errors about memory, of either device, into OutOfMemory."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(
            f"batch_size {spec.training.batch_size} does not fit: {str(error).splitlines()[0]}"
        ) from error
    except RuntimeError as error:
        if "can't allocate memory" not in str(error):
            raise
        raise OutOfMemory(f"batch_size {spec.training.batch_size} does not fit: {error}") from error
