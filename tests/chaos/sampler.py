"""A thread that looks at the processes five times a second: who lives, who is stopped, which role is vacant."""

import threading
import time
from pathlib import Path

from tests.chaos import processes
from tests.chaos.history import History, Life, Window
from tests.chaos.processes import Process

SAMPLE_SECONDS = 0.2
STOPPED = "T"  # the state of proc(5)


class Sampler(threading.Thread):
    """Writes `lives` and `outages` of the history. A window begins with the sample before, to be on the safe side."""

    def __init__(self, home: Path, history: History, begun: float) -> None:
        super().__init__(daemon=True, name="sampler")
        self._home, self._history, self._begun = home, history, begun
        self._lives: dict[tuple[int, str], Life] = {}
        self._before = 0.0  # moment of the last sample
        self._ending = threading.Event()

    def run(self) -> None:
        while not self._ending.wait(SAMPLE_SECONDS):
            self._look(processes.of(self._home), time.monotonic() - self._begun)

    def end(self) -> None:
        self._ending.set()
        self.join()

    def _look(self, alive: list[Process], now: float) -> None:
        for process in alive:
            self._record(process, now)
        working = {process.role for process in alive if process.state != STOPPED}
        for role in ("redis", "api", "predictor"):
            if role not in working:
                _extend(self._history.outages.setdefault(role, []), self._before, now)
        self._before = now

    def _record(self, process: Process, now: float) -> None:
        known = (process.pid, process.born)
        life = self._lives.get(known)
        if (
            life is None or life.role != process.role
        ):  # a child of a worker is a worker until it becomes a trainer
            life = Life(process.role, process.pid, process.parent, process.job, now, now)
            self._lives[known] = life
            self._history.lives.append(life)
        if process.state == STOPPED:
            _extend(life.stops, self._before, now)
        life.last = now


def _extend(windows: list[Window], before: float, now: float) -> None:
    """The last window goes on until now if it lasted until the sample before."""
    if windows and windows[-1].end >= before:
        windows[-1] = Window(windows[-1].start, now)
    else:
        windows.append(Window(before, now))
