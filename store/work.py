"""What waits in a queue, is claimed by a worker, reported on and ended: jobs, imports of data sets, predictions.

The rules are `states.py`, kept inside Redis by `work.lua`.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from redis import Redis

from store import keys
from store.errors import InUse, LeaseLost, MoveRefused, Unknown
from store.keys import Keys
from store.record import Claim, Place, Record
from store.states import EVENTS, FINAL, State
from store.work_files import WorkFiles

IDEMPOTENCY_SECONDS = 24 * 3600
CRASH_PAUSE_SECONDS = 1.0  # before the next attempt after a first crash; doubles with each that follows
SCRIPT = (
    f"local EVENTS = cjson.decode('{json.dumps(EVENTS)}')\n"
    f"local FINAL = cjson.decode('{json.dumps(dict.fromkeys(FINAL, True))}')\n"
    + Path(__file__).with_name("work.lua").read_text()
)
R = TypeVar("R", bound=Record)


class Work(Generic[R]):
    """One kind of it; `R` is what is read of a record."""

    KEYS: ClassVar[Keys]
    ID: ClassVar[re.Pattern[str]]
    FILES: ClassVar[type[WorkFiles]]
    UNKNOWN: ClassVar[type[Unknown]]  # raised for an id that is none, or not there
    record: type[R]

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # its own types are unions of every protocol's replies
        self._script = redis.register_script(SCRIPT)

    def get(self, job_id: str) -> R:
        """Unknown."""
        fields = self._redis.hgetall(self.KEYS.job(self._checked(job_id)))
        if not fields:
            raise self.UNKNOWN(job_id)
        return self.record.read(job_id, fields)

    def page(self, limit: int, after: str | None = None, state: State | None = None) -> list[R]:
        """By falling id, below that of `after`: of jobs, the newest first."""
        index = self.KEYS.in_state(state) if state else self.KEYS.jobs
        start = f"({self._checked(after)}" if after else "+"
        ids = [raw.decode() for raw in self._redis.zrevrangebylex(index, start, "-", 0, limit)]
        pipeline = self._redis.pipeline(transaction=False)
        for job_id in ids:
            pipeline.hgetall(self.KEYS.job(job_id))
        found = zip(ids, pipeline.execute(), strict=True)
        return [self.record.read(job_id, fields) for job_id, fields in found if fields]

    def history(self, job_id: str) -> list[dict[str, Any]]:
        return [json.loads(entry) for entry in self._redis.lrange(self.KEYS.history(job_id), 0, -1)]

    def events(self, job_id: str) -> list[dict[str, Any]]:
        """What happened to its runs without ending them, in order."""
        found = self._redis.hgetall(self.KEYS.events(job_id))
        order = {name: tuple(map(int, name.decode().split(":"))) for name in found}
        return [json.loads(found[name]) for name in sorted(found, key=lambda name: order[name])]

    def users(self, job_id: str) -> list[str]:
        """Jobs under way that need it."""
        return sorted(raw.decode() for raw in self._redis.smembers(self.KEYS.users(job_id)))

    def place(self, job_id: str) -> Place:
        """In the queue."""
        rank = self._redis.zrank(self.KEYS.queue, job_id)
        rests_until = self._redis.zscore(self.KEYS.resting, job_id)
        return Place(
            None if rank is None else int(rank) + 1, None if rests_until is None else int(rests_until)
        )

    def count(self, state: State) -> int:
        return int(self._redis.zcard(self.KEYS.in_state(state)))

    def next_in_line(self) -> str | None:
        """The first of the queue."""
        head = self._redis.zrange(self.KEYS.queue, 0, 0)
        return head[0].decode() if head else None

    def overdue(self) -> int:
        """How many whose lease has run out."""
        return int(self._redis.zcount(self.KEYS.leases, "-inf", self._now()))

    def counters(self) -> dict[str, int]:
        """How often something happened: the names are those of `count` in store/work.lua."""
        return {name.decode(): int(value) for name, value in self._redis.hgetall(self.KEYS.counters).items()}

    def enqueue(
        self, job_id: str, fields: dict[str, Any], priority: int, fingerprint: str = "", key: str = ""
    ) -> tuple[str, str]:
        """The id, and "new"; "there" where that id is known; or, for a key that was used, its fingerprint then; or
        "needs", where the record is not there whose key is the field `needs`.
        """
        arguments = (json.dumps(fields), priority, fingerprint, IDEMPOTENCY_SECONDS)
        reply = self._run("submit", self._checked(job_id), *arguments, idempotency_key=key)
        return reply[0].decode(), reply[1].decode()

    def ask(self, job_id: str, event: str) -> State:
        """cancel, pause or resume, by a client. Unknown, MoveRefused."""
        outcome, state = self._run("ask", self._checked(job_id), event, f"{event} asked for")
        if outcome == b"missing":
            raise self.UNKNOWN(job_id)
        if outcome == b"refused":
            raise MoveRefused(job_id, event, self.called(State(state.decode())))
        return State(state.decode())

    def delete(self, job_id: str) -> None:
        """The record, history and series of one that has ended. Unknown, MoveRefused, InUse."""
        outcome = self._run("delete", self._checked(job_id))
        if outcome is None:
            raise self.UNKNOWN(job_id)
        if outcome == b"used":
            raise InUse(job_id, self.users(job_id))
        if outcome != b"deleted":
            raise MoveRefused(job_id, "be deleted", self.called(State(outcome.decode())))

    def claim_next(self, worker: str, lease_seconds: float) -> Claim | None:
        """The first of the queue, for this worker; None when nothing may be claimed now."""
        for raw in self._redis.zrangebyscore(self.KEYS.resting, "-inf", self._now()):
            self._run("wake", raw.decode())
        while job_id := self.next_in_line():
            token = self._run("claim", job_id, worker, _milliseconds(lease_seconds))
            if token:
                return Claim(job_id, int(token))
        return None

    def report(
        self,
        claim: Claim,
        lease_seconds: float,
        offset: int = 0,
        records: bytes = b"",
        fields: dict[str, Any] | None = None,
        evaluations: dict[int, dict[str, Any]] | None = None,
        events: dict[int, dict[str, Any]] | None = None,
    ) -> State:
        """Renew the lease and write news; `offset` is where `records` belong in the series. LeaseLost.

        `events` are numbered within the claim, so that one which is told twice is kept once.
        """
        plain = {
            name: value if isinstance(value, str | int | float) else json.dumps(value)
            for name, value in (fields or {}).items()
        }
        scores = {str(step): json.dumps(value) for step, value in (evaluations or {}).items()}
        arguments = (
            claim.token,
            _milliseconds(lease_seconds),
            offset,
            records,
            json.dumps(plain),
            json.dumps(scores),
            json.dumps(events or {}),
        )
        return self._held(claim, self._run("report", claim.job_id, *arguments))

    def finish(
        self,
        claim: Claim,
        event: str,
        reason: str,
        error: dict[str, Any] | None = None,
        rest_seconds: float = 0.0,
    ) -> State:
        """succeeded, failed or stopped; in the last case nobody claims it for `rest_seconds`. LeaseLost."""
        arguments = (claim.token, event, reason, _json_or_empty(error), _milliseconds(rest_seconds))
        return self._held(claim, self._run("finish", claim.job_id, *arguments))

    def crash(self, claim: Claim, limit: int, reason: str, error: dict[str, Any]) -> State:
        """Back into the queue, or failed with `error` at the `limit`-th crash without a new checkpoint. LeaseLost."""
        pause = _milliseconds(CRASH_PAUSE_SECONDS)
        arguments = (claim.token, limit, reason, _json_or_empty(error), pause)
        return self._held(claim, self._run("crash", claim.job_id, *arguments))

    def reap(self) -> list[str]:
        """Frees all whose lease has run out, and names them."""
        overdue = self._redis.zrangebyscore(self.KEYS.leases, "-inf", self._now())
        return [raw.decode() for raw in overdue if self._run("reap", raw.decode())]

    def archived(self, job_id: str, seconds: int) -> None:
        """Its series is on disk, and stays here for so long."""
        self._run("archived", job_id, seconds)

    def restore(
        self,
        job_id: str,
        fields: dict[str, str],
        history: list[str],
        evaluations: dict[str, str],
        events: dict[str, str],
        token: int,
        step: int,
        records: bytes,
    ) -> State | None:
        """A record that Redis has lost; one that was held is free again. None where the record is here.

        `step` and `records`, the series up to it, are where a job that has not ended goes on.
        """
        kept = [json.dumps(each) for each in (fields, history, evaluations, events)]
        priority = json.loads(fields["body"])["priority"]
        state = self._run("restore", self._checked(job_id), *kept, token, priority, step, records)
        return None if state is None else State(state.decode())

    def called(self, state: State) -> str:
        """By people."""
        return state

    def _checked(self, job_id: str) -> str:
        if not self.ID.fullmatch(job_id):
            raise self.UNKNOWN(job_id[:64])
        return job_id

    def _now(self) -> int:
        """Milliseconds, by Redis's clock."""
        seconds, microseconds = self._redis.time()
        return int(seconds) * 1000 + int(microseconds) // 1000

    def _held(self, claim: Claim, reply: bytes) -> State:
        if reply == b"lost":
            raise LeaseLost(claim.job_id)
        return State(reply.decode())

    def _run(self, command: str, job_id: str, *arguments: Any, idempotency_key: str = "") -> Any:
        digest = hashlib.sha256(idempotency_key.encode()).hexdigest()
        return self._script(
            keys=self.KEYS.script(job_id, digest), args=[command, job_id, keys.CHANGES, *arguments]
        )


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)


def _json_or_empty(value: dict[str, Any] | None) -> str:
    return "" if value is None else json.dumps(value)
