"""A file that is no archive and is a data set alone."""

from pathlib import Path
from typing import BinaryIO

from ingest.archives.archive import Archive, Member
from ingest.limits import Limits


class Bare(Archive):
    """One entry, under a name that says what it is: uploads are kept under names of their own."""

    seekable = True

    def __init__(self, path: Path, limits: Limits, name: str) -> None:
        super().__init__(path, limits)
        self.members = [Member(name, path.stat().st_size, None)]

    def open(self, member: Member) -> BinaryIO:
        return self.path.open("rb")
