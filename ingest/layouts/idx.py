"""MNIST's format: a file of images beside one of labels, plain or as .gz. http://yann.lecun.com/exdb/mnist"""

import gzip
import re
import struct
from typing import BinaryIO, cast

import numpy as np

from ingest.archives.archive import CHUNK, Archive, Member, damage, most_bytes, too_large
from ingest.archives.names import shown
from ingest.errors import ArchiveDamaged, LayoutUnknown, LimitExceeded
from ingest.layouts.pixels import Pixels, exactly
from ingest.layouts.splits import within
from ingest.layouts.stacks import Stack, Stacks
from ingest.limits import Limits

NAME = re.compile(r"(.*?)[-_.]?(images|labels)[-_.]idx[1-4][-_.]ubyte(?:\.gz)?", re.IGNORECASE)
UINT8 = 8  # the byte of the header that says what an element is


class Unzipped(Archive):
    """Files of an archive that are .gz themselves, one by one."""

    def __init__(self, archive: Archive, member: Member) -> None:
        super().__init__(archive.path, archive.limits)
        self._archive, self._member = archive, member
        self.members = [Member(member.path, self._measure(), None)]

    def open(self, member: Member) -> BinaryIO:
        return cast(BinaryIO, gzip.GzipFile(fileobj=self._archive.open(self._member)))

    def _measure(self) -> int:
        """LimitExceeded. A .gz does not say its size, but modulo 4 GiB."""
        size, most = 0, most_bytes(self.limits, self._member.size)
        with damage(self._member.path), self.open(self._member) as file:
            while piece := file.read(CHUNK):
                size += len(piece)
                if size > most:
                    raise too_large(self._member.path, most)
        return size


def read(archive: Archive, limits: Limits) -> Stacks | str:
    pairs: dict[str, dict[str, Member]] = {}
    ignored = []
    for member in archive.members:
        if match := NAME.fullmatch(member.path):
            stem, what = match[1], match[2].lower()
            if what in pairs.setdefault(stem, {}):
                raise LayoutUnknown(
                    f"The {what} {shown(member.path)} are there plain and as .gz.", "Send one."
                )
            pairs[stem][what] = member
        else:
            ignored.append((member.path, "it is no IDX file by its name"))
    stacks = [_stack(archive, stem, pair, limits) for stem, pair in sorted(pairs.items())]
    return Stacks(stacks, ignored, limits) if stacks else ""


def _stack(archive: Archive, stem: str, pair: dict[str, Member], limits: Limits) -> Stack:
    if len(pair) == 1:
        ((what, member),) = pair.items()
        other = {"images": "labels", "labels": "images"}[what]
        raise LayoutUnknown(
            f"There are no {other} to {shown(member.path)}.", f"Put the file of {other} beside it."
        )
    images, labels = (_opened(archive, pair[what]) for what in ("images", "labels"))
    pixels = _pixels(*images)
    pixels.check(limits)
    return Stack(pixels, _labels(*labels, limits), within(pair["images"].path))


def _opened(archive: Archive, member: Member) -> tuple[Archive, Member]:
    if not member.path.lower().endswith(".gz"):
        return archive, member
    unzipped = Unzipped(archive, member)
    return unzipped, unzipped.members[0]


def _shape(file: BinaryIO, member: Member, dimensions: tuple[int, ...]) -> tuple[int, ...]:
    zeros, kind, number = struct.unpack(">HBB", exactly(file, 4))
    if zeros or kind != UINT8 or number not in dimensions:
        raise ArchiveDamaged(
            f"The entry {shown(member.path)} is not an IDX file of bytes in "
            f"{' or '.join(map(str, dimensions))} dimensions."
        )
    return struct.unpack(f">{number}I", exactly(file, 4 * number))


def _pixels(archive: Archive, member: Member) -> Pixels:
    with damage(member.path), archive.open(member) as file:
        count, height, width, *rest = shape = _shape(file, member, (3, 4))
    channels = rest[0] if rest else 1
    if channels not in (1, 3):
        raise ArchiveDamaged(f"The entry {shown(member.path)} has {channels:,} channels; 1 or 3 are taken.")
    return Pixels(archive, member, 4 + 4 * len(shape), count, height, width, channels)


def _labels(archive: Archive, member: Member, limits: Limits) -> list[str]:
    with damage(member.path), archive.open(member) as file:
        (count,) = _shape(file, member, (1,))
        if count > limits.entries:
            raise LimitExceeded(
                f"The entry {shown(member.path)} has {count:,} labels; {limits.entries:,} is the most."
            )
        content = exactly(file, count)
        if file.read(1):
            raise ArchiveDamaged(f"The entry {shown(member.path)} has more labels than its header says.")
    return [str(label) for label in np.frombuffer(content, np.uint8).tolist()]
