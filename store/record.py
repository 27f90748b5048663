"""What is kept of all work alike, jobs, imports and predictions, as it was at one moment."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from store.states import FINAL, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Times are Unix milliseconds by Redis's clock."""

    id: str
    state: State
    body: dict[str, Any]  # as submitted
    created_at: int
    started_at: int | None
    finished_at: int | None
    attempt: int  # the token of the newest claim
    run: int | None  # the attempt that succeeded
    worker: str | None
    step: int
    steps: int
    error: dict[str, Any] | None

    @classmethod
    def read(cls, job_id: str, fields: dict[bytes, bytes]) -> Self:
        """From the hash of that id."""
        text = {name.decode(): value.decode() for name, value in fields.items()}
        return cls(id=job_id, **cls.values(text))

    @classmethod
    def values(cls, text: dict[str, str]) -> dict[str, Any]:
        """Of every field but the id."""
        return {
            "state": State(text["state"]),
            "body": json.loads(text["body"]),
            "created_at": int(text["created_at"]),
            "started_at": number(text, "started_at"),
            "finished_at": number(text, "finished_at"),
            "attempt": int(text["token"]),
            "run": number(text, "run"),
            "worker": text.get("worker"),
            "step": int(text["step"]),
            "steps": int(text["steps"]),
            "error": json.loads(text.get("error", "null")),
        }

    @property
    def is_final(self) -> bool:
        return self.state in FINAL


class Claim(NamedTuple):
    """The right to report on a job, until another worker claims it. The token counts the attempts from 1."""

    job_id: str
    token: int


class Place(NamedTuple):
    """Of a queued job. One that crashed has no position until the time comes, Unix ms, at which it may run again."""

    position: int | None  # 1 runs next
    not_before: int | None


def number(text: dict[str, str], name: str) -> int | None:
    return int(text[name]) if name in text else None
