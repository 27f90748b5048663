"""An API alone, as `python -m app` starts it: a store and a data folder of its own, no worker, no predictor."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from redis import Redis

from store.archive import Archive
from store.datasets import Imports
from store.jobs import Jobs
from store.predictions import Predictions
from tests.conftest import TINY, free_port


@dataclass(frozen=True)
class Api:
    http: httpx2.Client
    redis: Redis
    url: str  # of Redis
    home: Path  # as the API sees it
    pid: int

    @property
    def jobs(self) -> Jobs:
        return Jobs(self.redis)

    def submit(self) -> str:
        answer = self.http.post("/jobs", json=TINY)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def store_check(self) -> str:
        """What `/readyz` says of the store."""
        return str(self.http.get("/readyz").json()["checks"]["redis"])


StartApi = Callable[..., Api]


@pytest.fixture(scope="module")
def running(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
        with _api(redis, redis_url, tmp_path_factory.mktemp("home"), (), {}) as api:
            yield api


@pytest.fixture
def api(running: Api, redis: Redis) -> Api:
    """As if it had just been started: one serves all tests of a file, and finds its store and its home empty."""
    for folder in running.home.iterdir():
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for kind in (Jobs, Imports, Predictions):
        Archive(redis, running.home, kind).begin()
    return running


@pytest.fixture
def start_api(redis: Redis, redis_url: str, tmp_path: Path) -> Iterator[StartApi]:
    """Starts it; `prefix` is a command that runs another, `more` are further variables."""
    with ExitStack() as running:

        def start(prefix: tuple[str, ...] = (), **more: str) -> Api:
            return running.enter_context(_api(redis, redis_url, tmp_path, prefix, more))

        yield start


@contextmanager
def _api(redis: Redis, url: str, home: Path, prefix: tuple[str, ...], more: dict[str, str]) -> Iterator[Api]:
    port = int(more.get("TRAINSHED_PORT") or free_port())
    plain = {name: value for name, value in os.environ.items() if not name.startswith("TRAINSHED_")}
    chosen = {"TRAINSHED_HOME": str(home), "TRAINSHED_PORT": str(port), "TRAINSHED_REDIS_URL": url}
    with (
        subprocess.Popen([*prefix, sys.executable, "-m", "app"], env=plain | chosen | more) as process,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http,
    ):
        try:
            _wait(http, process)
            yield Api(http, redis, url, home, process.pid)
        finally:
            process.terminate()


def _wait(http: httpx2.Client, process: "subprocess.Popen[Any]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the API has ended"
        with suppress(httpx2.TransportError):
            if http.get("/healthz").is_success:
                return
        time.sleep(0.05)
    raise AssertionError("the API does not answer")
