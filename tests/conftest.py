"""What tests share: a real Redis, and the whole stack as `make up` starts it, both once a session."""

import copy
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import settings
from redis import Redis

from stack.redis import answers, private_redis

# A job of a shell without job control ignores Ctrl-C, and so would everything that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# `--hypothesis-profile long`, which needs `--timeout 0` as well.
settings.register_profile("long", deadline=None, max_examples=10_000)


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
