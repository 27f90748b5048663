"""Test images that a job kept, typed."""

from client.records.record import Record


class MistakenFor(Record):
    """What the network took an image for; `path` is its file's in the upload, None for built-in data sets."""

    predicted: str
    probability: float | None = None
    loss: float | None = None
    path: str | None = None


class Picture(Record):
    """`row` counts in the test split. `mistake` is None for one that is not among the hardest."""

    row: int
    label: str
    sample: bool = False
    mistake: MistakenFor | None = None
    image: str = ""


class Pictures(Record):
    """The hardest mistakes first, then samples of each class."""

    job_id: str
    data: list[Picture]
