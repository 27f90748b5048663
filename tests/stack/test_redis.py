"""The private Redis keeps what it was told, also when it is killed, and opens to its password only."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import redis

from stack.address import free_address
from stack.redis import answers, port_before, private_redis, server


@contextmanager
def running(home: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    for folder in ("redis", "run"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    program, configuration, url = private_redis(home, free_address("127.0.0.1", 0).port)
    with subprocess.Popen([program, configuration], stdout=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: answers(url))
            yield url, process
        finally:
            process.kill()


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_what_was_acknowledged_outlives_kill_9(tmp_path: Path) -> None:
    home = tmp_path / "a folder with 'quotes\" and spaces, für alle"
    with running(home) as (url, process), closing(redis.Redis.from_url(url)) as client:
        client.set("kept", "yes")
        process.kill()
        process.wait()
    with running(home) as (url, _), closing(redis.Redis.from_url(url)) as client:
        assert client.get("kept") == b"yes"


def test_a_torn_last_line_does_not_stop_the_next_start(tmp_path: Path) -> None:
    with running(tmp_path) as (url, process), closing(redis.Redis.from_url(url)) as client:
        client.set("kept", "yes")
        process.kill()
    journal = next(tmp_path.glob("redis/**/*.aof"))
    with journal.open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$4\r\nto")
    with running(tmp_path) as (url, _), closing(redis.Redis.from_url(url)) as client:
        assert client.get("kept") == b"yes"


def test_without_the_password_nothing_is_told(tmp_path: Path) -> None:
    with running(tmp_path) as (url, _):
        bare = "redis://" + url.rpartition("@")[2]
        assert not answers(bare)
        with closing(redis.Redis.from_url(bare)) as client, pytest.raises(redis.AuthenticationError):
            client.get("kept")


def test_the_configuration_is_for_its_owner_alone(tmp_path: Path) -> None:
    with running(tmp_path):
        assert (tmp_path / "run" / "redis.conf").stat().st_mode & 0o077 == 0


def test_started_again_it_has_the_same_password_and_asks_for_the_same_port(tmp_path: Path) -> None:
    with running(tmp_path) as (url, _):
        port = int(url.rpartition(":")[2].partition("/")[0])
    assert port_before(tmp_path) == port
    assert private_redis(tmp_path, port)[2] == url
    assert port_before(tmp_path / "elsewhere") == 0


def test_a_url_that_is_none_does_not_answer() -> None:
    assert not answers("no url at all")


def script(path: Path, version: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=0'\n")
    path.chmod(0o755)
    return path


def test_the_machines_own_server_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = script(tmp_path / "bin" / "redis-server", "7.0.15")
    monkeypatch.setenv("PATH", str(own.parent))
    assert server(tmp_path) == own


def test_a_server_from_another_age_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = script(tmp_path / "bin" / "redis-server", "5.0.3")
    monkeypatch.setenv("PATH", str(old.parent))
    assert server(tmp_path).name == "valkey-server"


def test_data_stays_with_the_server_that_wrote_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    first = server(tmp_path)
    script(tmp_path / "bin" / "redis-server", "7.0.15")
    assert server(tmp_path) == first
