"""An archive as its entries. Nothing of it is ever written to disk under a name of its own."""

import lzma
import struct
import tempfile
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from typing import Any, BinaryIO, Self

from ingest.archives.names import alike, clean, shown
from ingest.errors import ArchiveDamaged, EntryForbidden, LimitExceeded
from ingest.limits import Limits
from ingest.source import Fault

# What Python's readers raise for bytes that are wrong. Of OSError only those without a number: the disk's have one.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    ValueError,
    NotImplementedError,
    OverflowError,
    MemoryError,
    RecursionError,
    OSError,
)
CHUNK = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Member:
    path: str
    size: int  # bytes, unpacked
    place: Any  # in the archive, as its kind finds it again


class Archive(ABC):
    """The files in it, in its order. Reading them in that order is quick for every kind."""

    members: list[Member]
    seekable = False  # whether `open` can go back without reading all again

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path, self.limits = path, limits
        self.closing = ExitStack()  # what to close with it

    @abstractmethod
    def open(self, member: Member) -> BinaryIO:
        """Its bytes, unpacked as they are read, and never more than its size. Raises what DAMAGE lists."""

    def read(self, member: Member) -> bytes:
        """LimitExceeded, ArchiveDamaged."""
        if member.size > self.limits.entry_bytes:
            raise LimitExceeded(
                f"The entry {shown(member.path)} has {member.size:,} bytes; {self.limits.entry_bytes:,} is the most."
            )
        with damage(member.path):
            content = self._whole(member)
            if len(content) != member.size:
                raise EOFError(f"it has {len(content):,} bytes and says {member.size:,}")
        return content

    def _whole(self, member: Member) -> bytes:
        with self.open(member) as file:
            return file.read(member.size)

    def contents(self, members: Iterable[Member]) -> Iterator[tuple[Member, bytes | Fault]]:
        """What each holds, or what is wrong with it."""
        for member in members:
            try:
                yield member, self.read(member)
            except (ArchiveDamaged, LimitExceeded) as error:
                yield member, Fault(member.path, error.code.replace("archive", "entry"), str(error))

    @contextmanager
    def random(self, member: Member) -> Iterator[BinaryIO]:
        """Its bytes for a reader that goes to and fro. They may take its size on the upload's disk, without a name."""
        with damage(member.path), self.open(member) as file:
            if self.seekable:
                yield file
                return
            with tempfile.TemporaryFile(dir=self.path.parent) as copy:
                copyfileobj(file, copy, CHUNK)
                if copy.tell() != member.size:
                    raise EOFError(f"it has {copy.tell():,} bytes and says {member.size:,}")
                copy.seek(0)
                yield copy

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.close()


class Listing:
    """The entries of an archive as they are found, held against the limits and each other."""

    def __init__(self, limits: Limits, packed_bytes: int) -> None:
        self.members: list[Member] = []
        self._limits, self._entries, self._total, self._seen = limits, 0, 0, set[str]()
        self._most = most_bytes(limits, packed_bytes)

    def add(self, name: str, size: int, place: object, folder: bool) -> None:
        """ArchiveDamaged, EntryForbidden, LimitExceeded."""
        if size < 0:
            raise ArchiveDamaged(f"The entry {shown(name)} says that it has {size:,} bytes.")
        self._entries += 1
        self._total += size
        if self._entries > self._limits.entries:
            raise too_many(self._limits)
        if self._total > self._most:
            raise too_large(name, self._most)
        path = clean(name, self._limits)
        if folder:
            return
        if not path:
            raise EntryForbidden("An entry of the archive has no name.")
        key = alike(path)
        if key in self._seen:
            raise EntryForbidden(
                f"The entry {shown(name)} is there twice, or differs from another in nothing but case or accents' "
                "encoding.",
                "Give the files different names.",
            )
        self._seen.add(key)
        self.members.append(Member(path, size, place))

    def end(self) -> list[Member]:
        """ArchiveDamaged where there are none."""
        if not self.members:
            raise ArchiveDamaged("The archive has no files in it.", "Put pictures into it, and send it anew.")
        return self.members


@contextmanager
def damage(path: str = "") -> Iterator[None]:
    """What Python's readers raise becomes ArchiveDamaged, which names the entry, if it is one."""
    try:
        yield
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        what = f"The entry {shown(path)}" if path else "The archive"
        raise ArchiveDamaged(f"{what} cannot be read: {shown(str(error))[1:-1]}.") from error


def most_bytes(limits: Limits, packed_bytes: int) -> int:
    """How much so many bytes may unpack to."""
    return min(limits.total_bytes, max(limits.ratio * packed_bytes, limits.ratio_free_bytes))


def too_many(limits: Limits) -> LimitExceeded:
    return LimitExceeded(f"The archive has more than {limits.entries:,} entries.")


def too_large(name: str, most: int) -> LimitExceeded:
    return LimitExceeded(
        f"With the entry {shown(name)} the archive unpacks to more than {most:,} bytes, the most for its size."
    )
