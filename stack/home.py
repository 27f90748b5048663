"""The data folder, held by one stack at a time; `run/stack.json` says which, and where it answers."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from stack.errors import HomeInUse, HomeUnusable

GONE_SECONDS = 5.0  # how long a killed leftover may take to disappear


@contextmanager
def held(home: Path) -> Iterator[Path]:
    """Creates the folder, holds its lock, ends what a killed stack left; yields the path of the state.

    Raises HomeInUse, HomeUnusable.
    """
    state = home / "run" / "stack.json"
    with _lock_file(home) as lock:  # the system drops the lock when its holder dies
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeInUse(_refusal(home, read(state))) from None
        end_leftovers(read(state))
        try:
            yield state
        finally:
            state.unlink(missing_ok=True)


def publish(state: Path, url: str, children: Mapping[str, int]) -> None:
    """Says who holds the folder, in one rename: readers never meet half a file."""
    content = {
        "pid": os.getpid(),
        "url": url,
        "children": {name: {"pid": pid, "born": born(pid)} for name, pid in children.items()},
    }
    fresh = state.with_suffix(".new")
    fresh.write_text(json.dumps(content))
    fresh.replace(state)


def read(state: Path) -> dict[str, Any]:
    """What the last `publish` said; empty when there is nothing to read."""
    try:
        return dict(json.loads(state.read_text()))
    except (OSError, ValueError, TypeError):
        return {}


def end_leftovers(state: Mapping[str, Any]) -> None:
    """Kills the children of a stack that was killed itself; a process id in other hands is let alone."""
    deadline = time.monotonic() + GONE_SECONDS
    for child in state.get("children", {}).values():
        while child["born"] and born(child["pid"]) == child["born"] and time.monotonic() < deadline:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child["pid"], signal.SIGKILL)
            time.sleep(0.05)


def born(pid: int) -> str:
    """When the process started, in the system's words; empty when it has ended.

    With its id it names a process for good: ids are used again, the pair is not.
    """
    if sys.platform == "linux":
        try:
            status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if status[0] == "Z" else status[19]  # field 22, in clock ticks since boot
    answer = subprocess.run(
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)],
        env={"LC_ALL": "C", "TZ": "UTC"},
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip()


def _lock_file(home: Path) -> TextIO:
    try:
        for folder in (home, home / "run", home / "logs", home / "redis"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return (home / "run" / "stack.lock").open("w")
    except OSError as error:
        raise HomeUnusable(f"Cannot write in {home}: {error.strerror}. Set TRAINSHED_HOME.") from error


def _refusal(home: Path, state: Mapping[str, Any]) -> str:
    url, pid = state.get("url", "still starting"), state.get("pid", "unknown")
    return (
        f"Trainshed already runs on {home}: {url} (process {pid}). "
        "Use that one, stop it first, or choose another folder: TRAINSHED_HOME=..."
    )
