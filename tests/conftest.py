"""What tests share: a real Redis, and the whole stack as `make up` starts it, both once a session."""

import copy
import json
import os
import platform
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import settings
from redis import Redis

from model import telemetry
from model.durable import write_whole
from model.hardware.machine import physical_memory
from stack.processes import ROOT
from stack.redis import answers, private_redis
from tests.machine import MACHINE
from worker import machine
from worker.calibration import Calibration

# A job of a shell without job control ignores Ctrl-C, and so would everything that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

telemetry.switch_off()  # tests read exports with ONNX Runtime, too

# `--hypothesis-profile long`, which needs `--timeout 0` as well.
settings.register_profile("long", deadline=None, max_examples=10_000)


# Files that take long, the longest first: what begins last should not keep the others waiting.
LONG = (
    "tests/worker/test_faults.py",
    "tests/worker/test_worker.py",
    "tests/chaos/test_chaos.py",
    "tests/worker/test_full_disk.py",
    "tests/test_own_pictures.py",
    "tests/app/test_submission.py",
    "tests/app/test_predictions.py",
    "tests/worker/test_calibration.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """pytest-xdist hands files out in this order, if it is told `--no-loadscope-reorder`."""
    place = {ROOT / path: number for number, path in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path, len(LONG)))


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("redis-home")
    for folder in ("redis", "run"):
        (home / folder).mkdir()
    program, configuration, url = private_redis(home, free_port())
    with subprocess.Popen([program, configuration], stdout=subprocess.DEVNULL) as server:
        deadline = time.monotonic() + 30
        while not answers(url) and time.monotonic() < deadline:
            time.sleep(0.05)
        yield url
        server.terminate()


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        client.flushall()
        yield client


# Tests run several trainers at once. Each with a thread for every core they wait for one another, twenty times slower.
os.environ["OMP_NUM_THREADS"] = "1"

TINY: dict[str, Any] = {
    "architecture": {"blocks": [[1, 4], [1, 8]], "classifier": [], "batch_norm": True, "head": "average"},
    "data": {"dataset": "fashion-mnist"},
    "training": {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "batch_size": 32, "max_steps": 40},
}
ENDLESS = 1_000_000  # steps
LEASE_SECONDS = 3.0


@contextmanager
def stopped(*pids: int) -> Iterator[None]:
    """As if their machine hung: connections stay open, and nothing answers."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@dataclass(frozen=True)
class Service:
    """The running stack; `http` speaks to its API."""

    url: str
    home: Path
    http: httpx2.Client
    pid: int

    def submit(self, **training: Any) -> str:
        """A network small enough to train in a second or two."""
        spec = copy.deepcopy(TINY)
        spec["training"] |= training
        answer = self.http.post("/jobs", json=spec)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def job(self, job_id: str) -> dict[str, Any]:
        return dict(self.http.get(f"/jobs/{job_id}").json())

    def losses(self, job_id: str) -> list[tuple[int, float]]:
        """(step, loss) of every batch."""
        points = self.http.get(f"/jobs/{job_id}/metrics", params={"limit": 100_000}).json()["points"]
        return [(point["step"], point["loss"]) for point in points]

    def pid_of(self, name: str) -> int:
        """Of one of the stack's processes."""
        stack = json.loads((self.home / "run" / "stack.json").read_text())
        return int(stack["children"][name]["pid"])

    def trainers(self, job_id: str) -> list[int]:
        """Process ids of the live ones of a job."""
        command = ["pgrep", "-f", f"model .*{job_id}"]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        return [int(pid) for pid in found.stdout.split()]

    def stopped(self, name: str) -> AbstractContextManager[None]:
        """One of the stack's processes.

        While the worker is stopped jobs wait as they do for one that is busy, and no trainer has to be started for it.
        """
        return stopped(self.pid_of(name))

    def clear(self, seconds: float = 60) -> None:
        """Cancels every job that has not ended; returns when the worker has nothing to do."""
        deadline = time.monotonic() + seconds
        while unfinished := self._unfinished():
            for job_id in unfinished:
                self.http.post(f"/jobs/{job_id}/cancel")
            assert time.monotonic() < deadline, unfinished
            time.sleep(0.1)

    def _unfinished(self) -> list[str]:
        states = ("queued", "running", "pausing", "paused", "cancelling")
        pages = [self.http.get("/jobs", params={"state": state}).json()["data"] for state in states]
        return [job["id"] for page in pages for job in page]

    def wait(self, job_id: str, *states: str, seconds: float = 120) -> dict[str, Any]:
        return self.wait_until(job_id, lambda job: job["state"] in states, seconds)

    def wait_for_step(self, job_id: str, step: int, seconds: float = 120) -> dict[str, Any]:
        return self.wait_until(job_id, lambda job: job["progress"]["step"] >= step, seconds)

    def wait_until(self, job_id: str, condition: Any, seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while not condition(job := self.job(job_id)):
            assert time.monotonic() < deadline, job
            time.sleep(0.1)
        return job


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("home")
    know_machine(home)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("TRAINSHED_")}
    chosen = {
        "TRAINSHED_HOME": str(home),
        "TRAINSHED_PORT": "0",
        "TRAINSHED_LEASE_SECONDS": str(LEASE_SECONDS),
    }
    command = [sys.executable, "-m", "stack"]
    with subprocess.Popen(command, env=plain | chosen, stdout=subprocess.PIPE, text=True) as stack:
        assert stack.stdout
        ready = next((found for line in stack.stdout if (found := re.search(r"is ready: (\S+)", line))), None)
        assert ready, "the stack did not become ready"
        with httpx2.Client(base_url=ready[1], timeout=90) as http:
            yield Service(ready[1], home, http, stack.pid)
        stack.terminate()
        stack.stdout.read()


def know_machine(home: Path) -> None:
    """As if the machine had been measured already, which takes a core half a minute."""
    measured = MACHINE.model_copy(update={"memory_bytes": physical_memory()})
    path = Calibration(home, platform.node(), machine.cores(), lambda: True).path
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, measured.model_dump_json().encode())


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> None:
    """What a test that failed has left running would keep the worker from the tests after it."""
    service = getattr(item, "funcargs", {}).get("service")
    if (
        isinstance(service, Service)
        and call.excinfo
        and not call.excinfo.errisinstance(pytest.skip.Exception)
    ):
        with suppress(httpx2.HTTPError, KeyError, ValueError, AssertionError):
            service.clear()


@pytest.fixture(scope="session")
def trained(service: Service) -> str:
    """A job that succeeded."""
    job_id = service.submit()
    assert service.wait(job_id, "succeeded", "failed")["state"] == "succeeded"
    return job_id


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
