"""The service under attack: the stack as `make up` starts it, and further workers on the same Redis and home."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2

from stack.child import LEASH
from stack.processes import QUIET, ROOT
from tests.chaos import processes

LEASE_SECONDS = 3.0
READY_SECONDS = 120.0
STOP_SECONDS = 60.0
RESTART_SECONDS = 1.0  # between two starts of the same process
TICK = 0.1
ROLES = {"stack", "redis", "api", "predictor", "worker", "importer", "batcher"}  # that are always filled
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",  # the number of threads is part of what fixes the sums
    "PYTHONUNBUFFERED": "1",
    "TRAINSHED_LEASE_SECONDS": str(LEASE_SECONDS),
    "TRAINSHED_MAX_ATTEMPTS": "1000",  # trainers that are killed are no fault of the job
}


class Site:
    """Has no thread: whoever waits does it by `wait`, which starts again what has died.

    Everything it starts dies with the thread that made it.
    """

    def __init__(self, home: Path, workers: int) -> None:
        self.home, self.port = home, _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TRAINSHED_")}
        kept.pop(
            "PYTHONDONTWRITEBYTECODE", None
        )  # without bytecode every start of torch takes three times as long
        kept.setdefault("PYTHONPYCACHEPREFIX", str(home / "bytecode"))
        self.environment = kept | ENVIRONMENT | {"TRAINSHED_HOME": str(home)}
        (home / "logs").mkdir(parents=True, exist_ok=True)
        self._stack = _Started("stack", home / "logs")
        self._workers = [_Started(f"extra-{number}", home / "logs") for number in range(1, workers + 1)]
        self._redis_urls: dict[str, str] = {}  # that each further worker was started with

    def start(self) -> None:
        """Returns when jobs can be taken and everybody is there. Raises TimeoutError."""
        self.mend()
        self._until(self._is_ready, READY_SECONDS, "the stack did not become ready")
        self._until(self._is_complete, READY_SECONDS, "some role was not filled")

    def mend(self) -> None:
        """Starts what has died. A stack that starts again has another Redis port: then the workers do as well."""
        if not self._stack.runs:
            self._stack.start(
                [sys.executable, "-m", "stack"], self.environment | {"TRAINSHED_PORT": str(self.port)}
            )
        url = self.redis_url()
        for worker in self._workers if url else ():
            if worker.runs and self._redis_urls[worker.name] != url:
                worker.kill()
            if not worker.runs and worker.start(
                _worker(worker.name), self.environment | {"TRAINSHED_REDIS_URL": str(url)}
            ):
                self._redis_urls[worker.name] = str(url)

    def wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.mend()
            time.sleep(min(TICK, left))

    def redis_url(self) -> str | None:
        """Of the stack's own Redis; None before there is one."""
        try:
            lines = (self.home / "run" / "redis.conf").read_text().splitlines()
        except OSError:
            return None
        settings = dict(line.partition(" ")[::2] for line in lines)
        if not {"requirepass", "port"} <= settings.keys():
            return None  # it is being written
        return f"redis://:{settings['requirepass']}@127.0.0.1:{settings['port']}/0"

    def stop(self) -> list[str]:
        """As a deployment does; what runs on afterwards is named, and killed."""
        for started in (*self._workers, self._stack):
            started.terminate()
        for started in (*self._workers, self._stack):
            started.wait(STOP_SECONDS)
        deadline = time.monotonic() + 5
        while (left := processes.of(self.home)) and time.monotonic() < deadline:
            time.sleep(TICK)
        for process in left:
            process.kill()
        return [f"{process.role} {process.pid}" for process in left]

    def _is_ready(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/readyz", timeout=5, trust_env=False).status_code == 200
        except httpx2.HTTPError:
            return False

    def _is_complete(self) -> bool:
        roles = [process.role for process in processes.of(self.home)]
        return set(roles) >= ROLES and roles.count("worker") == 1 + len(self._workers)

    def _until(self, condition: Any, seconds: float, why: str) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{why} within {seconds:.0f} s (logs: {self.home / 'logs'})")
            self.wait(TICK)


class _Started:
    """A process of ours that is started again and again; its log goes on."""

    def __init__(self, name: str, logs: Path) -> None:
        self.name, self._log = name, logs / f"chaos-{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._started = -RESTART_SECONDS

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, command: list[str], environment: Mapping[str, str]) -> bool:
        """False when it was started only a moment ago."""
        if time.monotonic() - self._started < RESTART_SECONDS:
            return False
        self._started = time.monotonic()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", LEASH, str(os.getpid()), *command],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return True

    def terminate(self) -> None:
        if self._process:
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()

    def wait(self, seconds: float) -> None:
        """Killed when it takes longer."""
        if self._process:
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()


def _worker(name: str) -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "worker.main", "worker", "-n", f"{name}@%h", *QUIET]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
