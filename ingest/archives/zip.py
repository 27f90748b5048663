"""Zip archives, among them .npz. Python reads them; what Python lets pass and no honest archive has is refused here."""

import stat
import struct
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, cast

from ingest.archives.archive import Archive, Listing, Member, damage, too_many
from ingest.archives.names import shown, text
from ingest.errors import ArchiveDamaged, EntryForbidden
from ingest.limits import Limits

# Methods by their numbers (PKWARE's APPNOTE, 4.4.5). Python unpacks lzma too, in as much memory as the entry likes.
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2}
FOREIGN = {
    1: "shrink",
    6: "implode",
    9: "deflate64",
    14: "lzma",
    93: "zstandard",
    95: "xz",
    96: "jpeg",
    98: "ppmd",
    99: "aes",
}
ENCRYPTED, STRONGLY_ENCRYPTED, UTF8 = 0x1, 0x40, 0x800  # bits of an entry's flags
LOCAL, CENTRAL = 30, 46  # bytes of a header before the entry's name
ENTRIES, SIZE, PLACE = 4, 5, 9  # fields of the end record as zipfile gives it
MOST_DIRECTORY = 512 << 20  # bytes; of a million entries it has about a hundred million


class Zip(Archive):
    """ArchiveDamaged, EntryForbidden, LimitExceeded."""

    def __init__(self, path: Path, limits: Limits, file: BinaryIO | None = None, entry: str = "") -> None:
        """`file`: where the archive is, if not at the path, and which entry of another it is."""
        super().__init__(path, limits)
        self._file = file or self.closing.enter_context(path.open("rb"))
        with self.closing, damage(entry):
            self._count()
            self._zip = zipfile.ZipFile(self._file)
            listing = Listing(limits, self._file.seek(0, 2))
            for info in self._zip.infolist():
                _refuse(info)
                name = _name(info)
                listing.add(name, info.file_size, info, name.endswith(("/", "\\")))
            self._refuse_overlaps()
            self.members = listing.end()
            self.closing = self.closing.pop_all()

    def open(self, member: Member) -> BinaryIO:
        return cast(BinaryIO, self._zip.open(member.place))

    def _count(self) -> None:
        """Before zipfile makes an object of every entry: there may be millions, whatever the end record says."""
        record = zipfile._EndRecData(self._file)  # type: ignore[attr-defined]  # the one that ZipFile goes by
        if record is None:
            raise zipfile.BadZipFile("its end is missing")
        start = _start(record)
        if record[ENTRIES] > self.limits.entries:
            raise too_many(self.limits)
        self._file.seek(start)
        directory, entries, at = self._file.read(record[SIZE]), 0, 0
        while at + CENTRAL <= len(directory):
            at += CENTRAL + sum(struct.unpack_from("<HHH", directory, at + 28))
            entries += 1
            if entries > self.limits.entries:
                raise too_many(self.limits)
        if (entries - record[ENTRIES]) % 65536:  # old writers count in 16 bits
            raise zipfile.BadZipFile(f"it has {entries:,} entries and says {record[ENTRIES]:,}")

    def _refuse_overlaps(self) -> None:
        """Entries that share bytes are how a small archive unpacks to petabytes (Fifield, A better zip bomb, 2019)."""
        infos = sorted(self._zip.infolist(), key=lambda info: info.header_offset)
        for info, after in pairwise(infos):
            if _end(info) > after.header_offset:
                raise EntryForbidden(f"The entries {shown(_name(info))} and {shown(_name(after))} overlap.")
        if infos and (infos[0].header_offset < 0 or _end(infos[-1]) > self._zip.start_dir):
            outside = infos[0] if infos[0].header_offset < 0 else infos[-1]
            raise ArchiveDamaged(f"The entry {shown(_name(outside))} lies outside the archive.")


def _start(record: list[Any]) -> int:
    """Where the directory of entries begins: it ends where the end record begins."""
    size, place = record[SIZE], record[PLACE]
    ends = place - (76 if record[0] == b"PK\x06\x06" else 0)  # a zip64 record and its locator lie between
    if size > min(ends, MOST_DIRECTORY):
        raise zipfile.BadZipFile("its directory is not where it should be")
    return int(ends - size)


def _end(info: zipfile.ZipInfo) -> int:
    """At least; the local header may have more fields."""
    return info.header_offset + LOCAL + len(info.orig_filename) + info.compress_size


def _name(info: zipfile.ZipInfo) -> str:
    """`orig_filename`, as `filename` ends at a NUL."""
    name = info.orig_filename
    return name if info.flag_bits & UTF8 or name.isascii() else text(name.encode("cp437"))


def _refuse(info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise EntryForbidden(f"The entry {shown(_name(info))} is a link.")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise EntryForbidden(f"The entry {shown(_name(info))} is not a file.")
    if info.flag_bits & (ENCRYPTED | STRONGLY_ENCRYPTED):
        raise EntryForbidden(f"The entry {shown(_name(info))} is encrypted.", "Send it without a password.")
    if info.compress_type not in METHODS:
        method = FOREIGN.get(info.compress_type, f"method {info.compress_type}")
        raise EntryForbidden(
            f"The entry {shown(_name(info))} is compressed with {method}, which is not taken.",
            "Use deflate, the method that every zip program knows, or none: pictures are compressed already.",
        )
