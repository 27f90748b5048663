"""Job records: submitted, claimed, reported on, finished. The rules are `states.py`, kept inside Redis."""

import hashlib
import json
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from redis import Redis

from store import keys
from store.errors import IdempotencyConflict, JobMissing, LeaseLost, MoveRefused
from store.states import EVENTS, FINAL, State

JOB_ID = re.compile(r"job_[0-9a-f]{28}")
IDEMPOTENCY_SECONDS = 24 * 3600
SCRIPT = (
    f"local EVENTS = cjson.decode('{json.dumps(EVENTS)}')\n"
    f"local FINAL = cjson.decode('{json.dumps(dict.fromkeys(FINAL, True))}')\n"
    + Path(__file__).with_name("jobs.lua").read_text()
)


@dataclass(frozen=True, slots=True)
class Job:
    """A record as it was at one moment. Times are Unix milliseconds by the server's clock."""

    id: str
    state: State
    body: dict[str, Any]  # name, labels, priority, spec: as submitted, presets expanded
    created_at: int
    started_at: int | None
    finished_at: int | None
    attempt: int
    worker: str | None
    step: int
    steps: int
    images_per_epoch: int
    batch_size: int  # before a job has run with `auto`, the one that is expected
    evaluation: dict[str, Any] | None  # the newest
    lr_range: dict[str, Any] | None  # what a range test found
    error: dict[str, Any] | None
    device: str | None
    precision: str | None
    threads: int | None  # of torch, of the first attempt and so of all

    @property
    def steps_per_epoch(self) -> float:
        return self.images_per_epoch / self.batch_size

    @property
    def is_range_test(self) -> bool:
        return bool(self.body["spec"].get("mode") == "lr_range")

    @property
    def is_final(self) -> bool:
        return self.state in FINAL


class Claim(NamedTuple):
    """The right to report on a job, until another worker claims it."""

    job_id: str
    token: int
    attempt: int


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
    ) -> tuple[str, bool]:
        """What the trainer will say of steps, images and batch size replaces what is given here.

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
        job_id, outcome = self._run("submit", _new_id(), *arguments, idempotency_key=idempotency_key)
        if outcome not in (b"new", fingerprint.encode()):
            raise IdempotencyConflict
        return job_id.decode(), outcome == b"new"

    def get(self, job_id: str) -> Job:
        """JobMissing."""
        fields = self._redis.hgetall(keys.job(_checked(job_id)))
        if not fields:
            raise JobMissing(job_id)
        return _job(job_id, fields)

    def page(self, limit: int, after: str | None = None, state: State | None = None) -> list[Job]:
        """Newest first, older than the job `after`."""
        index = keys.in_state(state) if state else keys.JOBS
        start = f"({_checked(after)}" if after else "+"
        ids = [raw.decode() for raw in self._redis.zrevrangebylex(index, start, "-", 0, limit)]
        pipeline = self._redis.pipeline(transaction=False)
        for job_id in ids:
            pipeline.hgetall(keys.job(job_id))
        return [
            _job(job_id, fields) for job_id, fields in zip(ids, pipeline.execute(), strict=True) if fields
        ]

    def history(self, job_id: str) -> list[dict[str, Any]]:
        return [json.loads(entry) for entry in self._redis.lrange(keys.history(job_id), 0, -1)]

    def queue_position(self, job_id: str) -> int | None:
        """1 runs next; None when the job is not queued."""
        rank = self._redis.zrank(keys.QUEUE, job_id)
        return None if rank is None else int(rank) + 1

    def count(self, state: State) -> int:
        return int(self._redis.zcard(keys.in_state(state)))

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

    def claim_next(self, worker: str, lease_seconds: float) -> Claim | None:
        """The first of the queue, for this worker; None when the queue is empty."""
        while head := self._redis.zrange(keys.QUEUE, 0, 0):
            job_id = head[0].decode()
            claimed = self._run("claim", job_id, worker, _milliseconds(lease_seconds))
            if claimed:
                return Claim(job_id, *map(int, claimed))
        return None

    def report(
        self,
        claim: Claim,
        lease_seconds: float,
        offset: int = 0,
        records: bytes = b"",
        fields: dict[str, Any] | None = None,
        evaluations: dict[int, dict[str, Any]] | None = None,
    ) -> State:
        """Renew the lease and write news; `offset` is where `records` belong in the series. LeaseLost."""
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
        )
        return self._held(claim, self._run("report", claim.job_id, *arguments))

    def finish(self, claim: Claim, event: str, reason: str, error: dict[str, Any] | None = None) -> State:
        """succeeded, failed or stopped. LeaseLost."""
        return self._held(
            claim, self._run("finish", claim.job_id, claim.token, event, reason, _json_or_empty(error))
        )

    def crash(self, claim: Claim, limit: int, reason: str, error: dict[str, Any]) -> State:
        """Back into the queue, or failed with `error` at the `limit`-th crash. LeaseLost."""
        return self._held(
            claim, self._run("crash", claim.job_id, claim.token, limit, reason, _json_or_empty(error))
        )

    def reap(self) -> list[str]:
        """Frees every job whose lease has run out, and names them."""
        seconds, microseconds = self._redis.time()
        overdue = self._redis.zrangebyscore(keys.LEASES, "-inf", seconds * 1000 + microseconds // 1000)
        return [raw.decode() for raw in overdue if self._run("reap", raw.decode())]

    def _held(self, claim: Claim, reply: bytes) -> State:
        if reply == b"lost":
            raise LeaseLost(claim.job_id)
        return State(reply.decode())

    def _run(self, command: str, job_id: str, *arguments: Any, idempotency_key: str = "") -> Any:
        digest = hashlib.sha256(idempotency_key.encode()).hexdigest()
        of_job = [of(job_id) for of in (keys.job, keys.history, keys.metrics, keys.evaluations)]
        shared = [keys.JOBS, keys.QUEUE, keys.LEASES, keys.SEQUENCE, keys.idempotency(digest)]
        return self._script(keys=[*of_job, *shared], args=[command, job_id, keys.CHANGES, *arguments])


def _new_id() -> str:
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


def _job(job_id: str, fields: dict[bytes, bytes]) -> Job:
    text = {name.decode(): value.decode() for name, value in fields.items()}
    return Job(
        id=job_id,
        state=State(text["state"]),
        body=json.loads(text["body"]),
        created_at=int(text["created_at"]),
        attempt=int(text["attempt"]),
        worker=text.get("worker"),
        step=int(text["step"]),
        steps=int(text["steps"]),
        images_per_epoch=int(text["images_per_epoch"]),
        batch_size=int(text["batch_size"]),
        device=text.get("device"),
        precision=text.get("precision"),
        threads=int(text["threads"]) if "threads" in text else None,
        started_at=int(text["started_at"]) if "started_at" in text else None,
        finished_at=int(text["finished_at"]) if "finished_at" in text else None,
        evaluation=json.loads(text.get("evaluation", "null")),
        lr_range=json.loads(text.get("lr_range", "null")),
        error=json.loads(text.get("error", "null")),
    )
