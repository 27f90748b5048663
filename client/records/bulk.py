"""Predictions of many pictures at once, typed."""

from datetime import datetime

from client.records.dataset import Preparing, Upload
from client.records.job import FINISHED, JobError
from client.records.record import Record


class BulkPrediction(Record):
    """What a finished job's network says of a split of `dataset`, or of the pictures in `upload`."""

    id: str
    state: str
    job_id: str
    top_k: int = 5
    dataset: str | None = None
    split: str | None = None
    upload: Upload | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    progress: Preparing = Preparing()
    accuracy: float | None = None  # None where the pictures have no labels
    unreadable: int | None = None  # pictures
    error: JobError | None = None

    @property
    def finished(self) -> bool:
        return self.state in FINISHED

    @property
    def source(self) -> str:
        """Where the pictures come from, in words."""
        if self.upload:
            return self.upload.filename
        return f"{self.dataset}, {self.split}"
