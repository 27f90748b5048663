"""The workers that are alive: each says so again and again, and is forgotten when it stops."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from redis import Redis

from store import keys


@dataclass(frozen=True, slots=True)
class Worker:
    name: str
    memory_bytes: int  # of its machine
    cores: int
    machine: str = ""  # workers on one machine share its cores
    job: str | None = None
    measured: dict[str, Any] | None = None  # a `model.machine.Machine`; None until it is known


class Workers:
    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # its own types are unions of every protocol's replies

    def announce(self, worker: Worker, seconds: float) -> None:
        """Known for `seconds` from now."""
        self._redis.set(keys.worker(worker.name), json.dumps(asdict(worker)), px=int(seconds * 1000))

    def leave(self, name: str) -> None:
        self._redis.delete(keys.worker(name))

    def alive(self) -> list[Worker]:
        found = self._redis.mget(names) if (names := list(self._redis.scan_iter(keys.WORKERS, 1000))) else []
        return [Worker(**json.loads(value)) for value in found if value]
