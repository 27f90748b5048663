"""Job records: submitted, claimed, reported on, finished. The rules are `states.py`, kept inside Redis."""

import hashlib
import json
import re
import secrets
import time
from pathlib import Path
from typing import Any

from redis import Redis

from store import keys
from store.errors import IdempotencyConflict, JobMissing, LeaseLost, MoveRefused
from store.job import Claim, Job, Place
from store.states import EVENTS, FINAL, State

JOB_ID = re.compile(r"job_[0-9a-f]{28}")
IDEMPOTENCY_SECONDS = 24 * 3600
CRASH_PAUSE_SECONDS = 1.0  # before the next attempt after a first crash; doubles with each that follows
SCRIPT = (
    f"local EVENTS = cjson.decode('{json.dumps(EVENTS)}')\n"
    f"local FINAL = cjson.decode('{json.dumps(dict.fromkeys(FINAL, True))}')\n"
    + Path(__file__).with_name("jobs.lua").read_text()
)


class Jobs:
    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # its own types are unions of every protocol's replies
        self._script = redis.register_script(SCRIPT)

    def submit(
        self,
        body: dict[str, Any],
        steps: int,
        images_per_epoch: int,
        batch_size: int,
        idempotency_key: str = "",
        job_id: str | None = None,
    ) -> tuple[str, bool]:
        """What the trainer will say of steps, images and batch size replaces what is given here. IdempotencyConflict.

        The id, and whether the job is new: with a key that was used before it is the job of that time.
        """
        canonical = json.dumps(body, sort_keys=True).encode()
        fingerprint = hashlib.sha256(canonical).hexdigest() if idempotency_key else ""
        fields = {
            "body": json.dumps(body),
            "steps": steps,
            "images_per_epoch": images_per_epoch,
            "batch_size": batch_size,
        }
        arguments = (json.dumps(fields), body["priority"], fingerprint, IDEMPOTENCY_SECONDS)
        reply = self._run("submit", job_id or new_id(), *arguments, idempotency_key=idempotency_key)
        found, outcome = reply[0].decode(), reply[1].decode()
        if outcome not in ("new", fingerprint):
            raise IdempotencyConflict
        return found, outcome == "new"

    def get(self, job_id: str) -> Job:
        """JobMissing."""
        fields = self._redis.hgetall(keys.job(_checked(job_id)))
        if not fields:
            raise JobMissing(job_id)
        return Job.read(job_id, fields)

    def page(self, limit: int, after: str | None = None, state: State | None = None) -> list[Job]:
        """Newest first, older than the job `after`."""
        index = keys.in_state(state) if state else keys.JOBS
        start = f"({_checked(after)}" if after else "+"
        ids = [raw.decode() for raw in self._redis.zrevrangebylex(index, start, "-", 0, limit)]
        pipeline = self._redis.pipeline(transaction=False)
        for job_id in ids:
            pipeline.hgetall(keys.job(job_id))
        return [
            Job.read(job_id, fields) for job_id, fields in zip(ids, pipeline.execute(), strict=True) if fields
        ]

    def history(self, job_id: str) -> list[dict[str, Any]]:
        return [json.loads(entry) for entry in self._redis.lrange(keys.history(job_id), 0, -1)]

    def place(self, job_id: str) -> Place:
        """In the queue."""
        rank, rests_until = self._redis.zrank(keys.QUEUE, job_id), self._redis.zscore(keys.RESTING, job_id)
        return Place(
            None if rank is None else int(rank) + 1, None if rests_until is None else int(rests_until)
        )

    def count(self, state: State) -> int:
        return int(self._redis.zcard(keys.in_state(state)))

    def next_in_line(self) -> str | None:
        """The first of the queue."""
        head = self._redis.zrange(keys.QUEUE, 0, 0)
        return head[0].decode() if head else None

    def overdue(self) -> int:
        """Jobs whose lease has run out."""
        return int(self._redis.zcount(keys.LEASES, "-inf", self._now()))

    def counters(self) -> dict[str, int]:
        """How often something happened: the names are those of `count` in store/jobs.lua."""
        return {name.decode(): int(value) for name, value in self._redis.hgetall(keys.COUNTERS).items()}

    def ask(self, job_id: str, event: str) -> State:
        """cancel, pause or resume, by a client. JobMissing, MoveRefused."""
        outcome, state = self._run("ask", _checked(job_id), event, f"{event} asked for")
        if outcome == b"missing":
            raise JobMissing(job_id)
        if outcome == b"refused":
            raise MoveRefused(job_id, event, state.decode())
        return State(state.decode())

    def delete(self, job_id: str) -> None:
        """A finished job's record, history and series. JobMissing, MoveRefused."""
        outcome = self._run("delete", _checked(job_id))
        if outcome is None:
            raise JobMissing(job_id)
        if outcome != b"deleted":
            raise MoveRefused(job_id, "be deleted", outcome.decode())

    def events(self, job_id: str) -> list[dict[str, Any]]:
        """What happened to its runs without ending them, in order."""
        found = self._redis.hgetall(keys.events(job_id))
        order = {name: tuple(map(int, name.decode().split(":"))) for name in found}
        return [json.loads(found[name]) for name in sorted(found, key=lambda name: order[name])]

    def claim_next(self, worker: str, lease_seconds: float) -> Claim | None:
        """The first of the queue, for this worker; None when nothing may be claimed now."""
        for raw in self._redis.zrangebyscore(keys.RESTING, "-inf", self._now()):
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
        """Frees every job whose lease has run out, and names them."""
        overdue = self._redis.zrangebyscore(keys.LEASES, "-inf", self._now())
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
        state = self._run("restore", _checked(job_id), *kept, token, priority, step, records)
        return None if state is None else State(state.decode())

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
        of_job = [of(job_id) for of in keys.OF_JOB]
        return self._script(
            keys=[*of_job, *keys.OF_ALL, keys.idempotency(digest)],
            args=[command, job_id, keys.CHANGES, *arguments],
        )


def new_id() -> str:
    """Sorts by time of creation: 48 bits of milliseconds, 64 of chance."""
    return f"job_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(8)}"


def _checked(job_id: str) -> str:
    if not JOB_ID.fullmatch(job_id):
        raise JobMissing(job_id[:64])
    return job_id


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)


def _json_or_empty(value: dict[str, Any] | None) -> str:
    return "" if value is None else json.dumps(value)
