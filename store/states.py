"""The life of a job, as a table: what happens to it, and the state it is in then.

    queued ──claim──▶ running ──▶ succeeded | failed
      ▲  ◀─stopped, lost─┤ ├─cancel─▶ cancelling ──▶ cancelled
      └── paused ◀── pausing

What is not in the table is refused. `store/work.lua` holds it, inside Redis; nothing else moves a job.
"""

from enum import StrEnum


class State(StrEnum):
    QUEUED = "queued"  # waits for a worker
    RUNNING = "running"  # held by a worker under a lease
    PAUSING = "pausing"  # asked to pause; the worker saves a checkpoint
    PAUSED = "paused"  # waits for a resume
    CANCELLING = "cancelling"  # asked to cancel; the worker saves a checkpoint
    SUCCEEDED = "succeeded"  # the model is there
    FAILED = "failed"  # the record's error says why
    CANCELLED = "cancelled"


HELD = (State.RUNNING, State.PAUSING, State.CANCELLING)
FINAL = (State.SUCCEEDED, State.FAILED, State.CANCELLED)

EVENTS: dict[str, dict[str, str]] = {
    # said by a client
    "cancel": {
        "queued": "cancelled",
        "paused": "cancelled",
        "running": "cancelling",
        "pausing": "cancelling",
    },
    "pause": {"queued": "paused", "running": "pausing"},
    "resume": {"paused": "queued"},
    # said by the worker that holds the job
    "claim": {"queued": "running"},
    "stopped": {"running": "queued", "pausing": "paused", "cancelling": "cancelled"},
    "succeeded": {"running": "succeeded", "pausing": "succeeded", "cancelling": "cancelled"},
    "failed": {"running": "failed", "pausing": "failed", "cancelling": "cancelled"},
    # said by the reaper of a worker that fell silent, by a worker whose trainer crashed, and of jobs that were held
    # when Redis lost everything
    "lost": {"running": "queued", "pausing": "paused", "cancelling": "cancelled"},
}
