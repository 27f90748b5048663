"""The processes of one data folder, from /proc: all that were started with its TRAINSHED_HOME, and its Redis.

Redis writes its address over its command line and its environment; it is known by the folder that it works in.
"""

import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# What stands in a command line, and the role it tells; the first that fits counts.
ROLES = {
    "\0-m\0stack\0": "stack",
    "-server 127.0.0.1:": "redis",
    "\0-m\0app\0": "api",
    "\0-m\0predictor\0": "predictor",
    "\0worker.main\0": "worker",
    "\0worker.importer\0": "importer",
    "\0worker.batcher\0": "batcher",
    "\0-m\0model.estimate.calibration\0": "calibration",
    "\0-m\0model\0": "trainer",
}
JOB = re.compile(r"/jobs/(job_[0-9a-f]{28})[/\0]")


@dataclass(frozen=True, slots=True)
class Process:
    """Id and birth together name it for good: ids are used again."""

    pid: int
    born: str  # clock ticks since boot
    parent: int
    state: str  # a letter of proc(5): R, S, T ...
    role: str
    job: str | None
    name: str  # of a worker, else empty

    @property
    def began(self) -> float:
        """Unix seconds."""
        since_boot = int(self.born) / os.sysconf("SC_CLK_TCK")
        return time.time() - (time.clock_gettime(time.CLOCK_BOOTTIME) - since_boot)

    def send(self, number: int) -> bool:
        """False when it is gone."""
        if (now := _status(self.pid)) is None or now[1] != self.born:
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> bool:
        return self.send(signal.SIGKILL)


def of(home: Path) -> list[Process]:
    """Those alive now, oldest id first."""
    return [process for pid in _ids() if (process := _read(pid, home))]


def _ids() -> Iterator[int]:
    yield from sorted(int(name) for name in os.listdir("/proc") if name.isdecimal())  # noqa: PTH208  # names alone


def _read(pid: int, home: Path) -> Process | None:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        folder = Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None
    status = _status(pid)
    is_ours = f"TRAINSHED_HOME={home}".encode() in environment or folder == home / "redis"
    if not is_ours or status is None or status[0] == "Z":
        return None
    role = next((role for needle, role in ROLES.items() if needle in command), "other")
    job = JOB.search(command) if role == "trainer" else None
    name = re.search(r"\0-n\0([^\0]+)", command) if role == "worker" else None
    state, born, parent = status
    return Process(pid, born, parent, state, role, job[1] if job else None, name[1] if name else "")


def _status(pid: int) -> tuple[str, str, int] | None:
    """State, birth and parent."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return fields[0], fields[19], int(fields[1])
