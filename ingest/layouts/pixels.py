"""Pictures that lie in an entry one after the other as bare pixels, read as they are needed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ingest.archives.archive import CHUNK, Archive, Member, damage
from ingest.archives.names import shown
from ingest.errors import ArchiveDamaged, LimitExceeded
from ingest.limits import Limits


@dataclass(frozen=True, slots=True)
class Pixels:
    """uint8 pictures of one shape: (count, height, width, channels), or (count, channels, height, width)."""

    archive: Archive
    member: Member
    start: int  # bytes before the first picture
    count: int
    height: int
    width: int
    channels: int  # 1 or 3
    channels_first: bool = False

    @property
    def each(self) -> int:
        """Bytes of a picture."""
        return self.height * self.width * self.channels

    def check(self, limits: Limits) -> None:
        """ArchiveDamaged, LimitExceeded. Reads all of it: a zip's checksum comes after the last picture."""
        name = shown(self.member.path)
        if self.count > limits.entries or self.each > limits.entry_bytes:
            raise LimitExceeded(
                f"The entry {name} holds {self.count:,} pictures of {self.each:,} bytes each."
            )
        if not self.each:
            raise ArchiveDamaged(f"The entry {name} holds pictures without pixels.")
        whole = self.start + self.count * self.each
        if whole != self.member.size:
            raise ArchiveDamaged(
                f"The entry {name} has {self.member.size:,} bytes; its header says {whole:,}."
            )
        with damage(self.member.path), self.archive.open(self.member) as file:
            left = whole
            while left:
                piece = file.read(min(CHUNK, left))
                if not piece:
                    raise EOFError("it is cut short")
                left -= len(piece)

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        """Each (height, width, channels), read-only."""
        upright = (self.height, self.width, self.channels)
        shape = (self.channels, self.height, self.width) if self.channels_first else upright
        with damage(self.member.path), self.archive.open(self.member) as file:
            exactly(file, self.start)
            at_once = max(1, CHUNK // self.each)
            for first in range(0, self.count, at_once):
                number = min(at_once, self.count - first)
                block = np.frombuffer(exactly(file, number * self.each), np.uint8).reshape(number, *shape)
                yield from np.ascontiguousarray(np.moveaxis(block, 1, -1)) if self.channels_first else block


def exactly(file: BinaryIO, size: int) -> bytes:
    """EOFError."""
    content = file.read(size)
    if len(content) != size:
        raise EOFError("it is cut short")
    return content
