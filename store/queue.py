"""The queue as it can be seen: who waits, in which order and since when, and how many are under way."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from redis import Redis

from store import keys
from store.record import Place
from store.states import HELD, State

MOST_RESTING = 1000  # shown: they are those whose trainer has just crashed
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
        """In the order in which they will run; three questions to Redis at most, O(log n + limit).

        A cursor is the score of the last job that was shown. It stays true when that job has left the queue, so going
        on leaves nobody out and shows nobody twice, while the head of the queue runs.
        """
        end = after or "-inf"  # of the page before; the first has none, and nobody has that score
        pipeline = self._redis.pipeline()
        for state in UNDER_WAY:
            pipeline.zcard(keys.TRAINING.in_state(state))
        pipeline.zcount(keys.TRAINING.queue, "-inf", end)
        pipeline.zrangebyscore(keys.TRAINING.queue, f"({end}", "+inf", 0, limit + 1, withscores=True)
        *counts, before, found = pipeline.execute()
        shown = found[:limit]
        next_after = f"{shown[-1][1]:.0f}" if len(found) > limit else None
        places = [(raw.decode(), Place(n, None)) for n, (raw, _) in enumerate(shown, before + 1)]
        if next_after is None:  # who rests comes after all others, though some may be sooner ready than they
            resting = self._redis.zrange(keys.TRAINING.resting, 0, MOST_RESTING, withscores=True)
            places += [(raw.decode(), Place(None, int(until))) for raw, until in resting]
        return Page(dict(zip(UNDER_WAY, counts, strict=True)), self._read(places), next_after)

    def _read(self, places: list[tuple[str, Place]]) -> list[Waiting]:
        pipeline = self._redis.pipeline(transaction=False)
        for job_id, _ in places:
            pipeline.hmget(keys.TRAINING.job(job_id), "body", "created_at")
        return [
            _waiting(job_id, place, body, created_at)
            for (job_id, place), (body, created_at) in zip(places, pipeline.execute(), strict=True)
            if body  # else it was deleted between the questions
        ]


def _waiting(job_id: str, place: Place, body: bytes, created_at: bytes) -> Waiting:
    submitted = json.loads(body)
    return Waiting(
        id=job_id,
        position=place.position,
        not_before=place.not_before,
        name=submitted["name"],
        priority=submitted["priority"],
        created_at=int(created_at),
    )
