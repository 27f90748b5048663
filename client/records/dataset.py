"""Data sets of one's own, typed."""

from datetime import datetime
from typing import Any

from client.records.job import JobError
from client.records.record import Record

FINISHED = frozenset({"ready", "failed", "cancelled"})


class Upload(Record):
    """What was sent."""

    filename: str = ""
    bytes: int = 0
    sha256: str = ""


class Preparing(Record):
    """Where a preparation stands; `step` of `steps` pictures, in all of its stages together."""

    stage: str | None = None
    step: int = 0
    steps: int = 0
    eta_seconds: float | None = None


class Dataset(Record):
    """`name` is the one that was just given, all of them are in `names`; what it holds is None until it is ready."""

    id: str
    name: str | None = None
    names: tuple[str, ...] = ()
    state: str
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    upload: Upload = Upload()
    preparation: dict[str, Any]
    progress: Preparing = Preparing()
    classes: list[str] | None = None
    channels: int | None = None
    image_size: int | None = None  # pixels a side
    fit: str | None = None
    images: dict[str, int] | None = None  # of each split
    class_images: dict[str, list[int]] | None = None  # of each split, in the order of `classes`
    mean: list[float] | None = None
    deviation: list[float] | None = None
    sha256: str | None = None
    error: JobError | None = None

    @property
    def finished(self) -> bool:
        return self.state in FINISHED

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name or (self.names or (self.id,))[-1]


class BuiltIn(Record):
    """A data set that is known by name; `present`: it can be trained on without a download."""

    name: str
    channels: int = 0
    image_size: int = 0
    classes: int = 0
    train_images: int = 0
    test_images: int = 0
    present: bool = False


class DatasetPage(Record):
    """Part of the list of those that were sent, the newest first; the built-in ones are whole on every page."""

    data: list[Dataset]
    has_more: bool = False
    next_after: str | None = None
    built_in: tuple[BuiltIn, ...] = ()


class File(Record):
    """Of the upload, and what is the matter with it."""

    path: str
    message: str = ""


class LeftOut(Record):
    """Pictures that are no part of the data set, all for one reason; `files` are the first of `count`."""

    code: str
    message: str = ""
    count: int = 0
    files: tuple[File, ...] = ()


class Finding(Record):
    """What should be known, and done; `groups` where it is about several pictures together, else `examples`."""

    code: str
    severity: str  # error, warning, note
    message: str = ""
    count: int = 0
    examples: tuple[str, ...] = ()
    groups: tuple[list[str], ...] = ()


class ClassImages(Record):
    """How many pictures of a class each split has."""

    name: str
    train: int = 0
    validation: int = 0
    test: int = 0


class Counts(Record):
    """Pictures, and files that are no pictures (`ignored`)."""

    samples: int = 0
    used: int = 0
    left_out: int = 0
    ignored: int = 0


class Report(Record):
    """What was wrong with an upload; `imbalance` is the largest class over the smallest."""

    dataset: str = ""
    counts: Counts = Counts()
    left_out: tuple[LeftOut, ...] = ()
    findings: tuple[Finding, ...] = ()
    classes: tuple[ClassImages, ...] = ()
    imbalance: float | None = None
    sizes: dict[str, Any] | None = None
    colours: dict[str, Any] | None = None
    ignored: tuple[File, ...] = ()
    notes: tuple[str, ...] = ()


class Sample(Record):
    """A picture as trainers see it; `path` is its file's in the upload."""

    row: int
    split: str
    label: str
    path: str = ""
    image: str = ""


class SamplePage(Record):
    """`next_after` is the row after which the next part begins."""

    data: list[Sample]
    has_more: bool = False
    next_after: int | None = None
