"""What a process and all that it starts take while they run: seconds and memory."""

import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 0.2  # reading the memory of one process takes milliseconds of a core


@dataclass(frozen=True, slots=True)
class Finished:
    output: str
    seconds: float  # from its start to its end
    peak_bytes: int  # the most of all samples; 0 where the system does not tell


def watched(command: Sequence[str], environment: Mapping[str, str]) -> Finished:
    """CalledProcessError where it fails."""
    started = time.monotonic()
    with (
        ThreadPoolExecutor(1) as sampler,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process,
    ):
        peak = sampler.submit(_peak, process)
        output, _ = process.communicate()
        seconds = time.monotonic() - started
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output)
    return Finished(output, seconds, peak.result())


def _peak(process: "subprocess.Popen[str]") -> int:
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_bytes, _tree(process.pid))))
        time.sleep(SAMPLE_SECONDS)
    return peak


def _tree(process: int) -> Iterator[int]:
    yield process
    with suppress(OSError):
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from _tree(int(child))


def _bytes(process: int) -> int:
    """Its share: what several hold in common is divided among them (PSS). Linux alone tells."""
    try:
        told = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0  # it has ended meanwhile
    found = re.search(r"^Pss:\s+(\d+) kB", told, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
