"""A scripted server, a client of it, and the command line against it."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from client import Client, cli
from tests.client.scripted import Server

RUN = [sys.executable, "-c", "from client.cli import main; main()"]


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Trainshed = Callable[..., Ended]


@pytest.fixture
def start() -> Iterator[Callable[[int], Server]]:
    """Starts servers, on a port of choice, and stops them after the test."""
    servers: list[Server] = []

    def start(port: int) -> Server:
        servers.append(Server(port))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def server(start: Callable[[int], Server]) -> Server:
    return start(0)


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server.url, patience=2, reconnect=5) as client:
        yield client


@pytest.fixture
def trainshed(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Trainshed:
    """Runs a command line against the test's server."""
    monkeypatch.setenv("TRAINSHED_URL", server.url)

    def run(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["trainshed", *words])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        return Ended(int(caught.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "spec.json"
    path.write_text('{"training": {"max_steps": 10}}')
    return str(path)


def wait_until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
