"""2x2 max-pooling of stride 2 and the ReLU after it as one operation, on a CPU in C (`pooling.c`).

torch's own two pass over the maps four times and keep an 8-byte index for each output; the C pair passes twice and
keeps one byte. It is compiled when a process first trains, in under a second, by the machine's C compiler. Without
one, and everywhere else than in training on a CPU, torch's two are used: the values and gradients are the same, bit
for bit. What it gains: `python -m benchmarks pooling`.
"""

import ctypes
import logging
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LOG = logging.getLogger(__name__)
SOURCE = Path(__file__).with_suffix(".c")
FLAGS = ("-O3", "-march=native", "-fopenmp", "-shared", "-fPIC")
TYPES = {torch.bfloat16: "bf16", torch.float32: "float"}  # as `pooling.c` calls them
ARGUMENTS = [ctypes.c_void_p] * 3 + [ctypes.c_int64] * 4 + [ctypes.c_int]


class MaxPoolReLU(nn.Module):
    """Maps (N, C, H, W) to (N, C, H // 2, W // 2)."""

    def forward(self, maps: Tensor) -> Tensor:
        if _is_for_c(maps):
            pooled: Tensor = _InC.apply(maps)
            return pooled
        return pool_relu(maps)


def pool_relu(maps: Tensor) -> Tensor:
    """The same by torch alone."""
    return F.relu(F.max_pool2d(maps, 2, 2))


def _is_for_c(maps: Tensor) -> bool:
    return (
        maps.requires_grad
        and maps.device.type == "cpu"
        and maps.dtype in TYPES
        and maps.is_contiguous(memory_format=torch.channels_last)
        and library() is not None
    )


class _InC(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor) -> Tensor:
        n, channels, height, width = ctx.shape = maps.shape
        rows, columns = height // 2, width // 2
        pooled = maps.new_empty((n, rows, columns, channels)).permute(0, 3, 1, 2)  # channels last
        winner = maps.new_empty((n, rows, columns, channels), dtype=torch.uint8)
        _call("forward", maps, (maps, pooled, winner), ctx.shape)
        ctx.save_for_backward(winner)
        return pooled

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        gradient = gradients[0].contiguous(memory_format=torch.channels_last)
        n, channels, height, width = ctx.shape
        spread = gradient.new_empty((n, height, width, channels)).permute(0, 3, 1, 2)
        _call("backward", gradient, (gradient, *ctx.saved_tensors, spread), ctx.shape)
        return spread


def _call(direction: str, values: Tensor, tensors: tuple[Tensor, ...], shape: torch.Size) -> None:
    n, channels, height, width = shape
    function = getattr(library(), f"{direction}_{TYPES[values.dtype]}")
    pointers = [tensor.data_ptr() for tensor in tensors]
    function(*pointers, n, height, width, channels, torch.get_num_threads())


@cache
def library() -> ctypes.CDLL | None:
    """`pooling.c` compiled for this very processor, once a process; None, and a line in the log, where it cannot be."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        LOG.info("Pooling by torch: there is no C compiler here (gcc would make training a little faster)")
        return None
    try:
        loaded = _built(compiler)
    except (
        OSError,
        subprocess.CalledProcessError,
    ) as error:  # no room, no OpenMP, a folder that may run nothing
        said = getattr(error, "stderr", None) or str(error)
        LOG.info("Pooling by torch: %s cannot be compiled and loaded: %s", SOURCE.name, said[-500:])
        return None
    LOG.info("Pooling by %s, compiled with %s", SOURCE.name, compiler)
    return loaded


def _built(compiler: str) -> ctypes.CDLL:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pooling.so"
        subprocess.run([compiler, *FLAGS, "-o", path, SOURCE], capture_output=True, text=True, check=True)
        loaded = ctypes.CDLL(str(path))
    for name in (f"{direction}_{kind}" for direction in ("forward", "backward") for kind in TYPES.values()):
        function = getattr(loaded, name)
        function.argtypes, function.restype = ARGUMENTS, None
    return loaded
