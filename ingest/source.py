"""What an upload holds, whatever its layout: labelled pictures, one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ingest.sample import Sample


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry that cannot be read; those after it can."""

    path: str  # in the upload; `labels.csv:17` is a line of a table
    code: str
    message: str


class Source(Protocol):
    """Can be iterated again and again, in the same order; one sample is in memory at a time."""

    @property
    def count(self) -> int:
        """How many samples and faults iterating gives."""

    @property
    def classes(self) -> tuple[str, ...]:
        """In the order of their numbers."""

    @property
    def ignored(self) -> list[tuple[str, str]]:
        """Entries that are not part of the data set, each with the reason."""

    @property
    def notes(self) -> list[str]:
        """What the reader of a report should know, in sentences."""

    def __iter__(self) -> Iterator[Sample | Fault]:
        """UploadError where an entry that holds many samples turns out to be damaged."""
