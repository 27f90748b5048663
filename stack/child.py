"""One running child: its process, its log file, and when it may be started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from stack.processes import ROOT, Process

LEASH = Path(__file__).with_name("leash.py")
LARGEST_LOG = 10 * 2**20  # bytes; a larger log becomes <name>.log.1 at the next start
LONGEST_WAIT = 30.0  # seconds between two starts
STEADY = 60.0  # seconds of life after which earlier deaths are forgotten


class Child:
    """Leads a session of its own, so that Ctrl-C in the terminal reaches the supervisor alone."""

    def __init__(self, process: Process, environ: Mapping[str, str], logs: Path) -> None:
        self.process = process
        self.log = logs / f"{process.name}.log"
        self._environ = dict(environ)
        self._deaths = 0
        self.start()

    def start(self) -> None:
        """Must be called on the main thread: the leash is tied to the thread that starts the child."""
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self._popen = subprocess.Popen(
                [sys.executable, "-I", "-S", LEASH, str(os.getpid()), *self.process.command],
                cwd=ROOT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started = time.monotonic()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; -9 for a child killed by signal 9."""
        return self._popen.poll()

    def delay(self) -> float:
        """Seconds to wait before the next start: 1, 2, 4 ... 30 while it keeps dying young."""
        lived = time.monotonic() - self._started
        self._deaths = 0 if lived > STEADY else self._deaths
        self._deaths += 1
        return float(min(2 ** (self._deaths - 1), LONGEST_WAIT))

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> bool:
        """SIGTERM, then SIGKILL once its patience is over or `hurry()`; False if it had to be killed."""
        deadline = time.monotonic() + self.process.patience
        self._popen.terminate()
        while self.exit_code is None and time.monotonic() < deadline and not hurry():
            time.sleep(0.02)
        clean = self.exit_code is not None
        self.kill()
        return clean

    def kill(self) -> None:
        """Ends the child and everything it left in its process group."""
        with suppress(ProcessLookupError, PermissionError):  # macOS says EPERM for a group of zombies
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()

    def last_lines(self, count: int = 15) -> str:
        """What it logged last, since its last start."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-count:])
