"""What is measured: a private Redis, and the whole stack, each with a data folder of its own."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from stack.address import free_address
from stack.redis import answers, private_redis
from store import files
from store.settings import settings

POLL_SECONDS = 1.0  # seldom enough to cost the training nothing
START_SECONDS = 30.0


def datasets() -> Path:
    """Shared with `make demo`, so that nothing is downloaded for a benchmark."""
    folder = files.datasets(settings().home)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def redis_server(home: Path) -> Iterator[str]:
    """Set up as the embedded stack sets it up, append-only file included; yields its URL."""
    for folder in ("redis", "run"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    program, configuration, url = private_redis(home, free_address("127.0.0.1", 0).port)
    with subprocess.Popen([program, configuration], stdout=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + START_SECONDS
            while not answers(url) and time.monotonic() < deadline:
                time.sleep(0.05)
            yield url
        finally:
            server.terminate()


@contextmanager
def running_stack(home: Path, redis_url: str | None = None) -> Iterator[httpx2.Client]:
    """`python -m stack` until it is ready; yields a connection to its API, and stops it afterwards."""
    home.mkdir(parents=True, exist_ok=True)
    if not files.datasets(home).exists():
        files.datasets(home).symlink_to(datasets())
    command = [sys.executable, "-m", "stack"]
    environ = _environ(home, 0, redis_url)
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as stack:
        assert stack.stdout
        try:
            ready = next(found for line in stack.stdout if (found := re.search(r"is ready: (\S+)", line)))
            with httpx2.Client(base_url=ready[1], timeout=60, trust_env=False) as http:
                yield http
        finally:
            stack.terminate()
            stack.stdout.read()


@contextmanager
def running_api(home: Path, redis_url: str) -> Iterator[httpx2.Client]:
    """`python -m app` alone: jobs stay queued, since no worker is there; yields a connection to it."""
    home.mkdir(parents=True, exist_ok=True)
    port = free_address("127.0.0.1", 0).port
    command = [sys.executable, "-m", "app"]
    with (
        subprocess.Popen(command, env=_environ(home, port, redis_url), stderr=subprocess.DEVNULL) as api,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as http,
    ):
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _is_alive(http) and time.monotonic() < deadline:
                time.sleep(0.05)
            yield http
        finally:
            api.terminate()


def _is_alive(http: httpx2.Client) -> bool:
    try:
        return http.get("/healthz").is_success
    except httpx2.TransportError:
        return False


def _environ(home: Path, port: int, redis_url: str | None) -> dict[str, str]:
    """This process's, with no setting of Trainshed but these."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TRAINSHED_")}
    environ |= {"TRAINSHED_HOME": str(home), "TRAINSHED_PORT": str(port)}
    return environ | ({"TRAINSHED_REDIS_URL": redis_url} if redis_url else {})


def trained(http: httpx2.Client, spec: Mapping[str, Any]) -> str:
    """The id of a new job, once it has succeeded."""
    answer = http.post("/jobs", json=spec)
    answer.raise_for_status()
    path = f"/jobs/{answer.json()['id']}"
    while (job := http.get(path).json())["state"] not in ("succeeded", "failed"):
        time.sleep(POLL_SECONDS)
    assert job["state"] == "succeeded", job
    return str(job["id"])
