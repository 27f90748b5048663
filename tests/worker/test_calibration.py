"""A machine is measured once, by a real process, and never while a job wants it."""

import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from worker.calibration import Calibration


def measuring(home: Path) -> bool:
    found = subprocess.run(
        ["pgrep", "-f", f"model.estimate.calibration {home}"], capture_output=True, check=False
    )
    return found.returncode == 0


def wait(condition: Callable[[], bool], seconds: float = 250) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_job_that_comes_ends_the_measurement_and_quiet_begins_it_again(tmp_path: Path) -> None:
    busy = threading.Event()
    calibration = Calibration(tmp_path, "here", 1, busy.is_set)
    calibration.start()
    wait(lambda: measuring(tmp_path))
    busy.set()
    wait(lambda: not measuring(tmp_path))
    assert calibration.machine is None
    busy.clear()
    wait(lambda: calibration.machine is not None)
    assert set(calibration.machine.speeds if calibration.machine else ()) == {"fp32", "bf16"}
    again = Calibration(tmp_path, "here", 1, lambda: True)  # reads what was measured, however busy
    again.run()
    assert again.machine == calibration.machine


def test_while_a_job_runs_it_hardly_looks(tmp_path: Path) -> None:
    looks: list[float] = []

    def busy() -> bool:
        looks.append(time.monotonic())
        return True

    calibration = Calibration(tmp_path, "here", 1, busy)
    calibration.start()
    time.sleep(2.5)
    calibration.end()
    calibration.join()
    assert 1 <= len(looks) <= 10  # a thread that never sleeps looks some hundred thousand times
