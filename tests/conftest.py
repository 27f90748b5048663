"""A real Redis for the session, emptied before each test that asks for it."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from stack.redis import answers, private_redis


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
def redis(redis_url: str) -> Iterator["Redis[bytes]"]:
    with Redis.from_url(redis_url) as client:
        client.flushall()
        yield client


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
