"""Children are started, started again, and stopped in order; these are tiny."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest

from stack.errors import ChildFailed
from stack.home import publish
from stack.processes import Process
from stack.supervisor import Supervisor

SLEEP = "import time; print('up', flush=True); time.sleep(60)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"


class Stage:
    """A supervisor together with all that it said."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.said: list[str] = []
        self.pids: Mapping[str, int] = {}
        self.supervisor = Supervisor(dict(os.environ), logs, self._changed, self.said.append)

    def _changed(self, pids: Mapping[str, int]) -> None:
        self.pids = pids

    def start(self, name: str, code: str, patience: float = 5) -> int:
        """Returns its process id, once it has logged a line."""
        self.supervisor.start(Process(name, [sys.executable, "-c", code], patience))
        wait_until(lambda: "\n" in (self.logs / f"{name}.log").read_text())
        return self.pids[name]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.supervisor.stop(lambda: True)


def mending(supervisor: Supervisor, condition: Callable[[], bool]) -> Callable[[], bool]:
    """The condition, asked after one more look at the children."""

    def look() -> bool:
        supervisor.mend()
        return condition()

    return look


def checking(supervisor: Supervisor) -> Callable[[], bool]:
    def look() -> bool:
        supervisor.check()
        return False

    return look


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """A negative id is that of a whole group."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_children_stop_in_the_opposite_order(stage: Stage, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    for name in ("first", "second"):
        farewell = f"lambda *_: (open({str(notes)!r}, 'a').write('{name} '), exit())"
        stage.start(name, f"import signal; signal.signal(signal.SIGTERM, {farewell}); {SLEEP}")
    stage.supervisor.stop()
    assert notes.read_text() == "second first "


def test_a_deaf_child_is_killed_when_its_patience_is_over(stage: Stage) -> None:
    pid = stage.start("deaf", DEAF, patience=0.3)
    stage.supervisor.stop()
    assert not is_alive(pid)
    assert stage.said == ["deaf did not stop in time and was killed"]


def test_a_hurried_stop_waits_for_nobody(stage: Stage) -> None:
    stage.start("deaf", DEAF, patience=60)
    began = time.monotonic()
    stage.supervisor.stop(lambda: True)
    assert time.monotonic() - began < 5


def test_what_a_child_leaves_in_its_group_ends_with_it(stage: Stage) -> None:
    pid = stage.start(
        "parent", f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); {SLEEP}"
    )
    stage.supervisor.stop()
    wait_until(lambda: not is_alive(-pid))


def test_a_child_that_dies_is_started_again_after_a_second(stage: Stage) -> None:
    first = stage.start("api", SLEEP)
    os.kill(first, signal.SIGKILL)
    wait_until(mending(stage.supervisor, lambda: bool(stage.said)))
    assert "api was ended by signal 9; starting it again in 1 s" in stage.said[0]
    died = time.monotonic()
    wait_until(mending(stage.supervisor, lambda: stage.pids["api"] != first))
    assert time.monotonic() - died > 0.7
    assert is_alive(stage.pids["api"])


def test_a_child_that_cannot_be_started_is_tried_again_and_the_others_go_on(
    stage: Stage, tmp_path: Path
) -> None:
    other, first = stage.start("redis", SLEEP), stage.start("api", SLEEP)
    log = tmp_path / "api.log"
    log.rename(tmp_path / "kept")
    log.mkdir()
    os.kill(first, signal.SIGKILL)
    wait_until(mending(stage.supervisor, lambda: len(stage.said) == 2))
    assert "api cannot be started" in stage.said[1]
    log.rmdir()
    wait_until(mending(stage.supervisor, lambda: stage.pids["api"] != first))
    assert is_alive(other)


def test_a_list_of_processes_that_cannot_be_written_ends_nobody(stage: Stage, tmp_path: Path) -> None:
    missing = tmp_path / "missing" / "stack.json"
    said: list[str] = []
    supervisor = Supervisor(dict(os.environ), tmp_path, partial(publish, missing, "http://x"), said.append)
    supervisor.start(Process("api", [sys.executable, "-c", SLEEP], 5))
    try:
        supervisor.check()
        assert "could not be written" in said[0]
    finally:
        supervisor.stop(lambda: True)


def test_the_pauses_grow_while_a_child_keeps_dying(stage: Stage) -> None:
    stage.start("api", "print('no')")
    wait_until(mending(stage.supervisor, lambda: len(stage.said) == 2))
    assert "ended with exit code 0; starting it again in 1 s" in stage.said[0]
    assert "starting it again in 2 s" in stage.said[1]


def test_a_failed_start_names_the_child_and_shows_its_last_lines(stage: Stage) -> None:
    stage.start("predictor", "print('a line'); raise SystemExit('no torch here')")
    with pytest.raises(ChildFailed, match=r"(?s)predictor ended with exit code 1.*a line\n    no torch here"):
        wait_until(checking(stage.supervisor))


def test_a_program_that_does_not_exist_fails_like_any_other(stage: Stage) -> None:
    stage.supervisor.start(Process("redis", ["/no/such/redis-server"], patience=1))
    with pytest.raises(ChildFailed, match="No such file"):
        wait_until(checking(stage.supervisor))


def test_a_large_log_makes_room_at_the_next_start(stage: Stage) -> None:
    with (stage.logs / "api.log").open("wb") as log:
        log.truncate(11 * 2**20)
    stage.start("api", SLEEP)
    assert (stage.logs / "api.log.1").exists()
    assert (stage.logs / "api.log").read_text() == "up\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals a parent's death")
def test_children_die_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    code = """
import os, pathlib, sys, time
from stack.processes import Process
from stack.supervisor import Supervisor
child = [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)"]
supervisor = Supervisor(dict(os.environ), pathlib.Path(sys.argv[1]), lambda pids: None, print)
supervisor.start(Process("child", child, 5))
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code, tmp_path]) as parent:
        log = tmp_path / "child.log"
        wait_until(lambda: log.exists() and "\n" in log.read_text())
        parent.kill()
    wait_until(lambda: not is_alive(int(log.read_text())), seconds=5)
