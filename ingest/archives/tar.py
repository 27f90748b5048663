"""Tar archives, plain or compressed. Python reads the headers, once; files are then found by their places."""

import bz2
import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

from ingest.archives.archive import CHUNK, Archive, Listing, Member, damage, most_bytes, too_large
from ingest.archives.names import shown, text
from ingest.archives.xz import Xz
from ingest.errors import ArchiveDamaged, EntryForbidden
from ingest.limits import Limits

Unpack = Callable[[BinaryIO], BinaryIO]
END = tarfile.EOFHeaderError  # type: ignore[attr-defined]
MOST_HEADER = 1 << 16  # bytes; of a long name or extended attributes, which tarfile reads at once
MOST_PADDING = 16 << 20  # bytes of zeros after the last entry


class Tar(Archive):
    """ArchiveDamaged, EntryForbidden, LimitExceeded."""

    def __init__(self, path: Path, limits: Limits, unpack: Unpack | None = None) -> None:
        super().__init__(path, limits)
        self.seekable = unpack is None
        with self.closing:
            self._stream: BinaryIO = self.closing.enter_context(path.open("rb"))
            if unpack:
                self._stream = self.closing.enter_context(unpack(self._stream))
            self.members = self._list(path.stat().st_size)
            self.closing = self.closing.pop_all()

    def open(self, member: Member) -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(_Section(self._stream, member.place, member.size), CHUNK))

    def _whole(self, member: Member) -> bytes:
        """Without the buffer that `open` makes."""
        self._stream.seek(member.place)
        return self._stream.read(member.size)

    def _list(self, packed: int) -> list[Member]:
        listing = Listing(self.limits, packed)
        headers = _Headers(self._stream, most_bytes(self.limits, packed))
        with damage():
            try:
                with tarfile.open(fileobj=cast(Any, headers), mode="r:", tarinfo=_Info) as tar:
                    while (info := tar.next()) is not None:
                        tar.members.clear()  # type: ignore[attr-defined]  # tarfile would keep them all
                        name = text(info.name.encode("utf-8", "surrogateescape"))
                        headers.entry = name
                        _refuse(info, name)
                        listing.add(name, info.size, info.offset_data, info.isdir())
            except tarfile.TarError as error:
                place = f"after {shown(headers.entry)}" if headers.entry else "at its start"
                raise ArchiveDamaged(
                    f"The archive is damaged {place}, or no tar archive: {error}."
                ) from error
            headers.drain()
        return listing.end()


class _Info(tarfile.TarInfo):
    """tarfile takes a damaged header, and a file that stops, for the end of the archive; two blocks of zeros are."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> "_Info":
        try:
            return super().fromtarfile(tarfile_)
        except END:
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(f"it is cut short or a header is wrong ({error})") from error


class _Headers:
    """The stream as tarfile sees it while it lists: only forward, in small pieces, and not beyond the limits."""

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self._stream, self._most = stream, most
        self.entry = ""  # the last that was listed

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, place: int) -> None:
        if place > self._most + MOST_PADDING:
            raise too_large(self.entry, self._most)
        if self._stream.seek(place) != place:
            raise ArchiveDamaged(f"The archive is cut short in or after {shown(self.entry)}.")

    def read(self, size: int) -> bytes:
        if not 0 <= size <= MOST_HEADER:
            raise EntryForbidden(
                f"The header after {shown(self.entry)} has {size:,} bytes, which no name needs."
            )
        return self._stream.read(size)

    def drain(self) -> None:
        """To the end, where a compressed archive has its checksum."""
        left = MOST_PADDING
        while piece := self._stream.read(CHUNK):
            left -= len(piece)
            if left < 0 or piece.count(0) != len(piece):
                raise ArchiveDamaged("The archive goes on after its end.")


class _Section(io.RawIOBase):
    """A file in the stream. Whoever else reads the stream does not disturb it."""

    def __init__(self, stream: BinaryIO, start: int, size: int) -> None:
        self._stream, self._start, self._size, self._at = stream, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), max(0, self._size - self._at))
        self._stream.seek(self._start + self._at)
        piece = self._stream.read(wanted)
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def _refuse(info: tarfile.TarInfo, name: str) -> None:
    if info.issym() or info.islnk():
        raise EntryForbidden(
            f"The entry {shown(name)} is a link.", "Make the archive with tar --dereference."
        )
    if info.issparse():
        raise EntryForbidden(f"The entry {shown(name)} is sparse.", "Make the archive without --sparse.")
    if not (info.isreg() or info.isdir()):
        raise EntryForbidden(f"The entry {shown(name)} is not a file.")


def _gzip(file: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, gzip.GzipFile(fileobj=file))


def _bz2(file: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, bz2.BZ2File(file))


def _xz(file: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(Xz(file), CHUNK))


UNPACK: dict[bytes, Unpack] = {b"\x1f\x8b": _gzip, b"BZh": _bz2, b"\xfd7zXZ\x00": _xz}  # by their first bytes
