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

READY = re.compile(r"Trainshed is ready: (http://127\.0\.0\.1:\d+) ")


class Stack:
    """`python -m stack` on a data folder of its own, at a free port."""

    def __init__(self, home: Path, **environ: str) -> None:
        self.home = home
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


def test_the_stack_becomes_ready_refuses_a_second_one_and_stops_without_a_trace(stack: Stack) -> None:
    url = stack.ready()
    with urllib.request.urlopen(f"{url}/readyz") as answer:
        assert answer.status == 200
    assert stack.state()["url"] == url
    children = stack.children()
    assert set(children) == {"redis", "predictor", "worker", "importer", "batcher", "api"}

    code, said = Stack(stack.home).ended()
    assert code == 1
    assert f"already runs on {stack.home}: {url}" in said

    stack.process.send_signal(signal.SIGINT)
    assert stack.ended()[0] == 0
    assert alive(children) == []
    assert not (stack.home / "run" / "stack.json").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals a parent's death")
def test_a_killed_stack_leaves_no_child_and_the_next_one_has_its_jobs(stack: Stack) -> None:
    job = submit(stack.ready())
    children = stack.children()
    stack.process.kill()
    wait_until_gone(children, seconds=5)

    again = Stack(stack.home)
    try:
        with urllib.request.urlopen(f"{again.ready()}/jobs/{job}") as answer:
            assert json.load(answer)["id"] == job
    finally:
        again.close()
    assert again.process.returncode == 0


def test_children_that_are_killed_come_back(stack: Stack) -> None:
    url = stack.ready()
    before = stack.children()
    for name in ("redis", "api"):
        os.kill(before[name], signal.SIGKILL)
    deadline = time.monotonic() + 60
    while stack.children() == before or not is_ready(url):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)
    now = stack.children()
    assert {name for name in now if now[name] != before[name]} == {"redis", "api"}


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
