"""The queue as it can be seen: who waits, in which order and since when, and how many are under way."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from redis import Redis

from store import keys
from store.states import HELD, State

UNDER_WAY = (State.QUEUED, *HELD)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queued job. Times are Unix milliseconds by the server's clock."""

    id: str
    position: int | None  # 1 runs next; None: not before a pause is over
    not_before: int | None  # when the pause is over that follows a crash
    name: str | None
    priority: int
    created_at: int


class Page(NamedTuple):
    """Part of the queue, as it was at one moment."""

    counts: dict[State, int]
    waiting: list[Waiting]
    next_after: str | None  # None: this was the last


class Queue:
    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # its own types are unions of every protocol's replies

    def page(self, limit: int, after: str | None = None) -> Page:
        """In the order in which they will run; two questions to Redis, O(log n + limit).

        A cursor is the score of the last job that was shown. It stays true when that job has left the queue, so going
        on leaves nobody out and shows nobody twice, while the head of the queue runs.
        """
        end = after or "-inf"  # of the page before; the first has none, and nobody has that score
        pipeline = self._redis.pipeline()
        for state in UNDER_WAY:
            pipeline.zcard(keys.in_state(state))
        pipeline.zcount(keys.QUEUE, "-inf", end)
        pipeline.zrangebyscore(keys.QUEUE, f"({end}", "+inf", 0, limit + 1, withscores=True)
        *counts, before, found = pipeline.execute()
        shown = found[:limit]
        next_after = f"{shown[-1][1]:.0f}" if len(found) > limit else None
        waiting = self._read([raw.decode() for raw, _ in shown], before + 1)
        return Page(dict(zip(UNDER_WAY, counts, strict=True)), waiting, next_after)

    def _read(self, ids: list[str], first: int) -> list[Waiting]:
        pipeline = self._redis.pipeline(transaction=False)
        for job_id in ids:
            pipeline.hmget(keys.job(job_id), "body", "created_at")
        return [
            _waiting(job_id, position, body, created_at)
            for position, (job_id, (body, created_at)) in enumerate(
                zip(ids, pipeline.execute(), strict=True), first
            )
            if body  # else it was deleted between the two questions
        ]


def _waiting(job_id: str, position: int, body: bytes, created_at: bytes) -> Waiting:
    submitted = json.loads(body)
    return Waiting(
        id=job_id,
        position=position,
        not_before=None,
        name=submitted["name"],
        priority=submitted["priority"],
        created_at=int(created_at),
    )
