"""How a trainer process is started, its command and its environment, and how it ends. No torch."""

import os
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

# Training frees and takes the same large blocks at every step. Keeping them, on huge pages, spares the page
# faults that are a third of the time otherwise. Read by glibc 2.35 and later at start, ignored elsewhere.
ALLOCATOR = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=100000000000"
}

# Threads that wait for one another spin only for a moment. Left to itself libgomp spins for milliseconds, which gains
# a few per cent on an idle machine, and costs between a third and nine tenths of the speed as soon as another process
# wants one of the cores (`python -m benchmarks spinning`).
THREADS = {"GOMP_SPINCOUNT": "1000"}


# What cuBLAS wants to be told before it repeats its sums in the same order (training.deterministic); it costs 8 MiB.
REPEATABLE = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}


def command(
    spec: Path,
    datasets: Path,
    out: Path,
    origins: Sequence[Path] = (),
    initial: Path | None = None,
    weights: Path | None = None,
) -> list[str]:
    """Rows on standard output, as JSON lines; it ends itself when its standard input closes."""
    return [
        sys.executable,
        "-m",
        "model",
        str(spec),
        "--json",
        "--supervised",
        "--datasets",
        str(datasets),
        "--out",
        str(out),
        *(("--init-from", str(initial)) if initial else ()),
        *(("--weights", str(weights)) if weights else ()),
        *(argument for origin in origins for argument in ("--resume-from", str(origin))),
    ]


def calibration(path: Path) -> list[str]:
    """Measures how fast the machine trains, and leaves the answer at `path`."""
    return [sys.executable, "-m", "model.estimate.calibration", str(path)]


def end_with_supervisor(status: int) -> None:
    """Standard input is a pipe that only the supervisor holds: it closes when that process is gone, however."""

    def wait() -> None:
        while os.read(0, 4096):
            pass
        os._exit(status)

    threading.Thread(target=wait, daemon=True).start()


def environment(threads: int | None = None, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What `base` sets stays as it is; `threads` of torch are as many as there are cores where it is None."""
    planned = {} if threads is None else {"OMP_NUM_THREADS": str(threads)}
    return {**ALLOCATOR, **THREADS, **REPEATABLE, **planned, **base, "PYTHONUNBUFFERED": "1"}
