"""Training runs: what waits, runs and has run."""

import hashlib
import json
import re
import secrets
import time
from typing import Any

from store import keys
from store.errors import DatasetUnknown, IdempotencyConflict, JobMissing
from store.job import Job
from store.job_files import JobFiles
from store.work import Work

JOB_ID = re.compile(r"job_[0-9a-f]{28}")


class Jobs(Work[Job]):
    KEYS = keys.TRAINING
    ID = JOB_ID
    UNKNOWN = JobMissing
    FILES = JobFiles
    record = Job

    def submit(
        self,
        body: dict[str, Any],
        steps: int,
        images_per_epoch: int,
        batch_size: int,
        idempotency_key: str = "",
        job_id: str | None = None,
        dataset: str | None = None,
        asked: dict[str, Any] | None = None,
    ) -> tuple[str, bool]:
        """What the trainer will say of steps, images and batch size replaces what is given here. IdempotencyConflict.

        `dataset` is the id of one that is not deleted before the job has ended. DatasetUnknown if it was before.
        `asked` is what a repeated submission is told by, where that is not `body`.

        The id, and whether the job is new: with a key that was used before it is the job of that time.
        """
        canonical = json.dumps(asked or body, sort_keys=True).encode()
        fingerprint = hashlib.sha256(canonical).hexdigest() if idempotency_key else ""
        fields: dict[str, Any] = {
            "body": json.dumps(body),
            "steps": steps,
            "images_per_epoch": images_per_epoch,
            "batch_size": batch_size,
        }
        if dataset:
            fields["needs"] = keys.IMPORT.job(dataset)
        own_id = job_id or new_id()
        found, outcome = self.enqueue(own_id, fields, body["priority"], fingerprint, idempotency_key)
        if outcome == "needs":
            raise DatasetUnknown(dataset or "")
        if outcome not in ("new", fingerprint):
            raise IdempotencyConflict
        return found, outcome == "new"


def new_id(kind: str = "job") -> str:
    """Sorts by time of creation: 48 bits of milliseconds, 64 of chance."""
    return f"{kind}_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(8)}"
