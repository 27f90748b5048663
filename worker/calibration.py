"""How fast this machine trains: measured once, while the worker has nothing else to do, then read from a file."""

import logging
import subprocess
import threading
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import ValidationError

from model import launch
from model.hardware.machine import Machine
from store import files

LOG = logging.getLogger(__name__)
QUIET_SECONDS = 5.0  # without a job before it begins
LOOK_SECONDS = (
    0.1  # a job that comes meanwhile shares the machine with the measurement for no longer than this
)
PAUSE_SECONDS = 1.0  # between two looks while a job runs, which may be for days
ATTEMPTS = 3  # that fail; those that a job interrupts do not count


class Calibration(threading.Thread):
    """`machine` is None until it is known, and is kept at `path`.

    `busy` says whether a job waits or runs: then the measurement is killed.
    """

    def __init__(self, home: Path, name: str, threads: int, busy: Callable[[], bool]) -> None:
        super().__init__(daemon=True, name="calibration")
        self.machine: Machine | None = None
        self.path = files.machine(home, f"{name}-threads-{threads}-torch-{_torch_version()}")
        self._threads, self._busy = threads, busy
        self._ending = threading.Event()

    def run(self) -> None:
        failures = 0
        while self.machine is None and failures < ATTEMPTS:
            self.machine = self._read()
            if self.machine is None and self._is_quiet():
                failures += not self._measure()
            if self._ending.wait(PAUSE_SECONDS):
                return

    def end(self) -> None:
        self._ending.set()

    def _read(self) -> Machine | None:
        try:
            return Machine.model_validate_json(self.path.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def _is_quiet(self) -> bool:
        """For a while, without a break."""
        since = time.monotonic()
        while not self._busy() and time.monotonic() - since < QUIET_SECONDS:
            if self._ending.wait(LOOK_SECONDS):
                return False
        return time.monotonic() - since >= QUIET_SECONDS

    def _measure(self) -> bool:
        """False if it failed by itself."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with subprocess.Popen(
            launch.calibration(self.path),
            env=launch.environment(self._threads),
            stdin=subprocess.PIPE,  # it ends when this closes
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            while process.poll() is None:
                if self._busy() or self._ending.wait(LOOK_SECONDS):
                    process.kill()
                    return True
            error = process.stderr.read().decode(errors="replace") if process.stderr else ""
        if process.returncode:
            LOG.warning("The machine's speed could not be measured: %s", error[-500:])
        return process.returncode == 0


def _torch_version() -> str:
    try:
        return version("torch")
    except PackageNotFoundError:
        return "missing"
