"""The series of a job, typed."""

from client.records.record import Record


class Point(Record):
    """One batch. `time` is unix seconds; `loss` is None when it was NaN or infinite."""

    step: int
    epoch: float = 0.0
    loss: float | None = None
    accuracy: float | None = None
    learning_rate: float | None = None
    images_per_second: float | None = None
    time: float = 0.0


class MetricsPage(Record):
    """`complete`: the job is finished and nothing comes after `next_after`."""

    job_id: str
    attempt: int = 0
    state: str
    points: list[Point]
    next_after: int
    last_step: int = 0
    complete: bool = False
