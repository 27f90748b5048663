"""Training images whose labels are likely wrong, typed."""

from client.records.record import Record


class Suspect(Record):
    """A training image (`index` in its split); `loss` is the mean over all that the run saw of it.

    `path` is its file's in the upload, `row` and `image` where a sample of the data set is: None for built-in ones.
    """

    split: str
    index: int
    label: str
    predicted: str
    loss: float | None = None
    path: str | None = None
    row: int | None = None
    image: str | None = None


class Suspects(Record):
    """The worst first; `judged` of `images` were seen often enough. `note` says why none were, if so."""

    job_id: str
    images: int = 0
    judged: int = 0
    note: str | None = None
    data: list[Suspect]
