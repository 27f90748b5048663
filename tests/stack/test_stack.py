"""The whole stack, as `make up` starts it: ready, refused twice, killed, back again, stopped."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from stack.home import born
from tests.conftest import Service, know_machine

READY = re.compile(r"Trainshed is ready: (http://127\.0\.0\.1:\d+) ")


class Stack:
    """`python -m stack` on a data folder of its own, at a free port."""

    def __init__(self, home: Path, **environ: str) -> None:
        self.home = home
        know_machine(home)
        self.output: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stack"],
            env={**_plain(), "TRAINSHED_HOME": str(home), "TRAINSHED_PORT": "0", **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ready(self) -> str:
        """The API's URL, once the stack says so."""
        for line in self._lines():
            self.output.append(line)
            if said := READY.match(line):
                return said[1]
        raise AssertionError("".join(self.output))

    def ended(self) -> tuple[int, str]:
        """Exit code, and everything that was said."""
        with self._lines() as lines:
            self.output += lines
        return self.process.wait(timeout=60), "".join(self.output)

    def state(self) -> dict[str, Any]:
        return dict(json.loads((self.home / "run" / "stack.json").read_text()))

    def children(self) -> dict[str, int]:
        return {name: child["pid"] for name, child in self.state()["children"].items()}

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=90)
        self._lines().close()

    def _lines(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout


def _plain() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("TRAINSHED_")}


def alive(pids: dict[str, int]) -> list[str]:
    return [name for name, pid in pids.items() if born(pid)]


def wait_until_gone(pids: dict[str, int], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive(pids) == []


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path / "home")
    yield stack
    stack.close()


def test_a_second_stack_on_the_same_folder_is_refused(service: Service) -> None:
    state = json.loads((service.home / "run" / "stack.json").read_text())
    assert state["url"] == service.url
    assert set(state["children"]) == {"redis", "predictor", "worker", "importer", "batcher", "api"}
    code, said = Stack(service.home).ended()
    assert code == 1
    assert f"already runs on {service.home}: {service.url}" in said


def test_children_that_are_killed_come_back(service: Service) -> None:
    names = ("redis", "predictor", "worker", "importer", "batcher", "api")
    before = {name: service.pid_of(name) for name in names}
    for name in ("redis", "api"):
        os.kill(before[name], signal.SIGKILL)
    deadline = time.monotonic() + 60
    while "api" not in changed(service, before) or not is_ready(service.url):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)
    assert changed(service, before) == {"redis", "api"}


def changed(service: Service, before: dict[str, int]) -> set[str]:
    return {name for name, pid in before.items() if service.pid_of(name) != pid}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals a parent's death")
def test_a_killed_stack_leaves_no_child_and_the_next_one_has_its_jobs_and_stops_without_a_trace(
    stack: Stack,
) -> None:
    job = submit(stack.ready())
    children = stack.children()
    stack.process.kill()
    wait_until_gone(children, seconds=5)

    again = Stack(stack.home)
    try:
        with urllib.request.urlopen(f"{again.ready()}/jobs/{job}") as answer:
            assert json.load(answer)["id"] == job
        children = again.children()
        again.process.send_signal(signal.SIGINT)
        assert again.ended()[0] == 0
    finally:
        again.close()
    assert alive(children) == []
    assert not (again.home / "run" / "stack.json").exists()


def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        stack = Stack(tmp_path, TRAINSHED_PORT=str(taken.getsockname()[1]))
        code, said = stack.ended()
    assert code == 1
    assert said.startswith("Cannot listen on 127.0.0.1:")
    assert list((tmp_path / "logs").iterdir()) == []


def test_a_wrong_setting_is_one_line(tmp_path: Path) -> None:
    code, said = Stack(tmp_path, TRAINSHED_PORT="eighty").ended()
    assert code == 2
    assert said.startswith("TRAINSHED_PORT: ")
    assert said.count("\n") == 1


def test_a_redis_that_was_named_is_used_and_must_answer(tmp_path: Path) -> None:
    code, said = Stack(tmp_path, TRAINSHED_REDIS_URL="redis://127.0.0.1:1/0").ended()
    assert code == 1
    assert "TRAINSHED_REDIS_URL does not answer" in said


def submit(url: str) -> str:
    spec = Path(__file__).parents[2] / "examples" / "fashion-small.json"
    request = urllib.request.Request(f"{url}/jobs", spec.read_bytes(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return str(json.load(answer)["id"])


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
