"""A picture that was decoded, while it is decided what becomes of it."""

from dataclasses import dataclass

from ingest.sample import Split


@dataclass(frozen=True, slots=True)
class Row:
    path: str
    label: str
    split: Split | None  # None: the upload does not say
    sha256: str
    width: int
    height: int
    place: int  # among the decoded
