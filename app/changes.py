"""News of jobs, told to whoever waits for it: one connection to Redis however many clients listen."""

import asyncio
import contextlib
from collections import defaultdict

from redis.asyncio import Redis
from redis.exceptions import RedisError

from store import keys

RETRY_SECONDS = 1.0


class Changes:
    """A hint only: news can be lost while Redis is away, so those who wait look for themselves now and then."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    async def listen(self) -> None:
        """For as long as the application lives."""
        while True:
            with contextlib.suppress(RedisError, OSError):
                async with Redis.from_url(self._url, socket_timeout=None) as redis, redis.pubsub() as pubsub:
                    await pubsub.subscribe(keys.CHANGES)
                    async for message in pubsub.listen():
                        if message["type"] == "message":
                            self._tell(message["data"].decode())
            await asyncio.sleep(RETRY_SECONDS)

    async def wait(self, job_id: str, seconds: float) -> None:
        """Until there is news of the job, at most `seconds`."""
        event = asyncio.Event()
        self._waiting[job_id].add(event)
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), seconds)
        finally:
            self._waiting[job_id].discard(event)
            if not self._waiting[job_id]:
                del self._waiting[job_id]

    def _tell(self, job_id: str) -> None:
        for event in self._waiting.get(job_id, ()):
            event.set()
