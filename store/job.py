"""A job's record as it was at one moment."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from store.states import FINAL, State


@dataclass(frozen=True, slots=True)
class Job:
    """Times are Unix milliseconds by Redis's clock."""

    id: str
    state: State
    body: dict[str, Any]  # name, labels, priority, resume_from, spec: as submitted, presets expanded
    created_at: int
    started_at: int | None
    finished_at: int | None
    attempt: int  # the token of the newest claim
    run: int | None  # the attempt that left the model
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

    @classmethod
    def read(cls, job_id: str, fields: dict[bytes, bytes]) -> "Job":
        """From the hash of that id."""
        text = {name.decode(): value.decode() for name, value in fields.items()}

        def number(name: str) -> int | None:
            return int(text[name]) if name in text else None

        return cls(
            id=job_id,
            state=State(text["state"]),
            body=json.loads(text["body"]),
            created_at=int(text["created_at"]),
            attempt=int(text["token"]),
            run=number("run"),
            worker=text.get("worker"),
            step=int(text["step"]),
            steps=int(text["steps"]),
            images_per_epoch=int(text["images_per_epoch"]),
            batch_size=int(text["batch_size"]),
            device=text.get("device"),
            precision=text.get("precision"),
            threads=number("threads"),
            started_at=number("started_at"),
            finished_at=number("finished_at"),
            evaluation=json.loads(text.get("evaluation", "null")),
            lr_range=json.loads(text.get("lr_range", "null")),
            error=json.loads(text.get("error", "null")),
        )

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
    """The right to report on a job, until another worker claims it. The token counts the attempts from 1."""

    job_id: str
    token: int


class Place(NamedTuple):
    """Of a queued job. One that crashed has no position until the time comes, Unix ms, at which it may run again."""

    position: int | None  # 1 runs next
    not_before: int | None
