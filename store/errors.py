"""What the store refuses, as a tree.

StoreError
├── JobMissing           there is no job of that id
├── MoveRefused          the job's state does not allow what was asked
├── IdempotencyConflict  the key was used for another submission
└── LeaseLost            another worker holds the job, or nobody does
"""


class StoreError(Exception):
    """What was asked of the store cannot be done; the message is for people."""


class JobMissing(StoreError):
    def __init__(self, job_id: str) -> None:
        super().__init__(f"there is no job {job_id}")


class MoveRefused(StoreError):
    def __init__(self, job_id: str, event: str, state: str) -> None:
        super().__init__(f"{job_id} is {state}: it cannot {event} now")
        self.state = state


class IdempotencyConflict(StoreError):
    def __init__(self) -> None:
        super().__init__("this Idempotency-Key came with another body before: use a new key for a new job")


class LeaseLost(StoreError):
    def __init__(self, job_id: str) -> None:
        super().__init__(f"{job_id} is not held under this token any more")
