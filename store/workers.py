"""The workers that are alive: each says so again and again, and is forgotten when it stops."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from redis import Redis

from store import keys
from store.keys import Keys


@dataclass(frozen=True, slots=True)
class Worker:
    name: str
    memory_bytes: int  # of its machine
    cores: int
    machine: str = ""  # workers on one machine share its cores
    job: str | None = None
    measured: dict[str, Any] | None = None  # a `model.hardware.machine.Machine`; None until it is known


class Workers:
    """Each has a key that expires, and its name in a set, so that nobody has to walk all keys to find them."""

    def __init__(self, redis: Redis, of: Keys = keys.TRAINING) -> None:
        self._redis: Any = redis  # its own types are unions of every protocol's replies
        self._keys = of

    def announce(self, worker: Worker, seconds: float) -> None:
        """Known for `seconds` from now."""
        pipeline = self._redis.pipeline()
        pipeline.set(self._keys.worker(worker.name), json.dumps(asdict(worker)), px=int(seconds * 1000))
        pipeline.sadd(self._keys.workers, worker.name)
        pipeline.execute()

    def leave(self, name: str) -> None:
        self._redis.delete(self._keys.worker(name))
        self._redis.srem(self._keys.workers, name)

    def alive(self) -> list[Worker]:
        names = [raw.decode() for raw in self._redis.smembers(self._keys.workers)]
        found = self._redis.mget(map(self._keys.worker, names)) if names else []
        gone = [name for name, value in zip(names, found, strict=True) if value is None]
        if gone:
            self._redis.srem(self._keys.workers, *gone)
        return [Worker(**json.loads(value)) for value in found if value]
