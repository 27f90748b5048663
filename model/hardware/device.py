"""Where and in which precision a spec trains, and what it says when that place is too small."""

import ctypes
import platform
import re
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from model.errors import DeviceMissing, OutOfMemory
from model.hardware.machine import Machine, physical_memory, precision, resident_bytes
from model.spec import JobSpec

CPUINFO = Path("/proc/cpuinfo")
# What torch, the C++ library and oneDNN say of a CPU's memory; a GPU's has a class of its own. oneDNN gives no reason:
# what it cannot do at all it says of a "primitive descriptor".
SIGNS = re.compile(
    "can't allocate memory|bad_alloc|could not allocate|out of memory"
    "|could not (create|execute) a (primitive|memory object)$",
    re.MULTILINE,
)
CONTEXT_BYTES = 512 * 2**20  # of a GPU, taken by CUDA and its libraries before anything is trained
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
    return precision(spec, has_native_bf16(device))


def has_native_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    flags = CPUINFO.read_text().split() if CPUINFO.exists() else []
    return any(flag in flags for flag in BF16_FLAGS)


def hardware(device: torch.device) -> str:
    """What its maker calls it; some virtual machines hide that of a CPU, and there it is the kind of processor."""
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    lines = CPUINFO.read_text().splitlines() if CPUINFO.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next((name for name in names if name), platform.processor() or platform.machine())


def prefer_repeatable(deterministic: bool) -> None:
    """On CUDA, kernels that add in the same order at every run, or else the fastest, found by trying them.

    An operation that has no such kernel raises RuntimeError. On a CPU every kernel here is of that sort.
    """
    # What torch.use_deterministic_algorithms does, which imports torch's compiler to tell it as well.
    torch.set_deterministic_debug_mode("error" if deterministic else "default")
    # Filling fresh memory with NaN finds bugs, at the price of a pass over it.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = not deterministic


def machine_of(device: torch.device) -> Machine:
    """What can be said of it without measuring. Asked before anything is trained, or the process is no idle one."""
    on_gpu = device.type == "cuda"
    return Machine(
        device=device.type,
        torch=torch.__version__,
        threads=torch.get_num_threads(),
        memory_bytes=torch.cuda.get_device_properties(device).total_memory if on_gpu else physical_memory(),
        process_bytes=CONTEXT_BYTES if on_gpu else resident_bytes(),
        native_bf16=has_native_bf16(device),
    )


@contextmanager
def out_of_memory_named(device: torch.device, images: int) -> Iterator[None]:
    """Turns errors about memory, whichever library they come from, into OutOfMemory. `images` go through together."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        said = str(error).strip() or "no memory"
        if not isinstance(error, (torch.OutOfMemoryError, MemoryError)) and not SIGNS.search(said):
            raise
        size = memory_of(device) / 2**30
        why = said.splitlines()[0]
        raise OutOfMemory(
            f"{images} images at a time do not fit into the {size:.1f} GiB of {device}: {why}"
        ) from error.with_traceback(None)  # whose frames hold what there was room for


def memory_of(device: torch.device) -> int:
    """Bytes that a training on it may take."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
    return physical_memory() if limit == resource.RLIM_INFINITY else min(limit, physical_memory())


def cap_memory(device: torch.device) -> None:
    """On a CPU under Linux: a process that would want more than the machine has is refused it, rather than killed."""
    if device.type == "cpu" and sys.platform == "linux":
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        if soft == resource.RLIM_INFINITY:
            resource.setrlimit(resource.RLIMIT_DATA, (physical_memory(), hard))


def release_memory(device: torch.device) -> None:
    """Gives back what was freed and is kept for later: who has run out of memory needs it elsewhere."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it
    before = resident_bytes()
    if trim and trim(0):
        _raise_limit(before - resident_bytes())


def _raise_limit(size: int) -> None:
    """The limit counts addresses, of which a heap gives back none below its highest block, and not what they hold."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if soft != resource.RLIM_INFINITY and size > 0:
        raised = soft + size
        resource.setrlimit(
            resource.RLIMIT_DATA, (raised if hard == resource.RLIM_INFINITY else min(raised, hard), hard)
        )
