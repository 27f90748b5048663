"""The pass of one image compiled ahead of time by torch's Inductor, for who asks alone; of several images none is.

It takes a C++ compiler and a minute of a core, so it is made by a trial, and kept only where it is the faster one.
"""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from model.engines.cost import cost, costs

LOG = logging.getLogger(__name__)
COMPILER = "g++"  # that Inductor looks for
WORTHWHILE_MS = 5.0  # of a core, for one image: what compiling gains of less, nobody notices
Pass = Callable[[Tensor], tuple[Tensor, Tensor]]


def write(body: nn.Module, image: Tensor, path: Path) -> None:
    """Nothing is left at `path` where compiling fails or does not pay. `image` (1, channels, S, S) is an example."""
    path.unlink(missing_ok=True)
    if cost(body, image) < WORTHWHILE_MS or shutil.which(COMPILER) is None:
        return
    try:
        program = torch.export.export(body, (image,))
        torch._inductor.aoti_compile_and_package(
            program, package_path=str(path), inductor_configs={"freezing": True}
        )
        ahead, eager = costs([read(path), body], image)
        if ahead >= eager:
            path.unlink()
    except Exception:
        LOG.exception("one image's pass is not compiled")
        path.unlink(missing_ok=True)


def read(path: Path) -> Pass:
    compiled: Pass = torch._inductor.aoti_load_package(str(path))
    return compiled
