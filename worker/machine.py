"""The machine that this worker is on: which one it is, and what of it a trainer may have."""

import os
import platform
from collections.abc import Iterable
from pathlib import Path

from store.workers import Worker

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # one for all containers of a machine, unlike its host name


def identity() -> str:
    return BOOT_ID.read_text().strip() if BOOT_ID.exists() else platform.node()


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads(workers: Iterable[Worker]) -> int:
    """For one trainer: one worker takes all cores, two on the same machine share them."""
    sharing = sum(worker.machine == identity() for worker in workers)
    return max(1, cores() // max(1, sharing))
