"""NumPy's arrays: a .npz, or .npy files, of images and of labels, by the names that Keras and others give them."""

import sys
from typing import Any, BinaryIO

import numpy as np

from ingest.archives.archive import Archive, Member, damage
from ingest.archives.names import shown, text
from ingest.archives.zip import Zip
from ingest.errors import ArchiveDamaged, LayoutUnknown, LimitExceeded
from ingest.layouts.debris import debris
from ingest.layouts.labels import tidy
from ingest.layouts.pixels import Pixels, exactly
from ingest.layouts.stacks import Stack, Stacks
from ingest.limits import Limits
from ingest.sample import Split

MOST_HEADER = 10_000  # bytes; of an array that is no record it has about a hundred
SPLITS: dict[str, Split] = {"train": "train", "val": "validation", "valid": "validation", "test": "test"}
PAIRS: tuple[tuple[str, str, Split | None], ...] = (
    *((f"x_{name}", f"y_{name}", split) for name, split in SPLITS.items()),
    *((f"{name}_images", f"{name}_labels", split) for name, split in SPLITS.items()),
    ("images", "labels", None),
    ("x", "y", None),
)
NAMES = {name for pair in PAIRS for name in pair[:2]}
Header = tuple[tuple[int, ...], "np.dtype[Any]", int]  # shape, type, bytes before the elements


def read(archive: Archive, limits: Limits) -> Stacks | str:
    arrays = _arrays(archive)
    packed = [m for m in archive.members if m.path.lower().endswith(".npz") and not debris(m.path)]
    if len(packed) == 1 and not arrays:
        file = archive.closing.enter_context(archive.random(packed[0]))
        archive = Zip(archive.path, limits, file, packed[0].path)
        arrays = _arrays(archive)  # a .npz within the .npz is not opened: it could be the same one, for ever
    stacks, taken = [], set()
    for images, labels, split in PAIRS:
        if images in arrays and labels in arrays:
            pixels = _pixels(archive, arrays[images])
            pixels.check(limits)
            stacks.append(Stack(pixels, _labels(archive, arrays[labels], limits), split))
            taken |= {arrays[images].path, arrays[labels].path}
    if not stacks:
        names = ", ".join(shown(name) for name in list(arrays)[:10])
        return f"The arrays {names} are not named as images and labels are." if arrays else ""
    ignored = [
        (m.path, "no array of images or labels by its name") for m in archive.members if m.path not in taken
    ]
    return Stacks(stacks, ignored, limits)


def _arrays(archive: Archive) -> dict[str, Member]:
    """By what their files' names are without folders and suffix, in lower case."""
    found: dict[str, Member] = {}
    for member in archive.members:
        if member.path.lower().endswith(".npy") and not debris(member.path):
            name = member.path.rpartition("/")[2][:-4].lower()
            if name in found and name in NAMES:
                both = f"{shown(found[name].path)} and {shown(member.path)}"
                raise LayoutUnknown(f"There are both {both}.", "Send one data set at a time.")
            found[name] = member
    return found


def _header(file: BinaryIO, member: Member) -> Header:
    """ArchiveDamaged, LayoutUnknown. No memory is taken for elements yet, and none are ever unpickled."""
    version = np.lib.format.read_magic(file)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"its format is {version[0]}.{version[1]}")
    try:
        shape, by_columns, kind = readers[version](file, max_header_size=MOST_HEADER)
    except Exception as error:  # of Python's parser and tokenizer, by which it is read
        raise ValueError(f"its header is wrong: {error}") from error
    if kind.hasobject:
        raise _refused(
            member, "holds Python objects, which are never unpickled", 'Save it with .astype("uint8") or str.'
        )
    if by_columns and len(shape) > 1:
        raise _refused(member, "is in Fortran's order", "Save numpy.ascontiguousarray of it.")
    return shape, kind, file.tell()


def _pixels(archive: Archive, member: Member) -> Pixels:
    with damage(member.path), archive.open(member) as file:
        shape, kind, start = _header(file, member)
    if kind != np.uint8:
        scale = "(255 * it)" if kind.kind == "f" else "it"
        raise _refused(
            member, f"is {kind}, not uint8", f'Save {scale}.astype("uint8"), with values from 0 to 255.'
        )
    match shape:
        case (count, height, width):
            return Pixels(archive, member, start, count, height, width, 1)
        case (count, height, width, (1 | 3) as channels):
            return Pixels(archive, member, start, count, height, width, channels)
        case (count, (1 | 3) as channels, height, width):
            return Pixels(archive, member, start, count, height, width, channels, channels_first=True)
    hint = "Images are (N, H, W), (N, H, W, 1 or 3) or (N, 1 or 3, H, W)."
    raise _refused(member, f"has the shape {shape}", hint)


def _labels(archive: Archive, member: Member, limits: Limits) -> list[str]:
    with damage(member.path), archive.open(member) as file:
        shape, kind, _ = _header(file, member)
        if shape[1:] not in ((), (1,)) or not shape:
            raise _refused(
                member, f"has the shape {shape}", "Labels are (N,); of one-hot vectors save argmax(axis=1)."
            )
        if kind.kind not in "iuUS" or not kind.itemsize:
            raise _refused(member, f"is {kind}", "Labels are integers or strings of a fixed width.")
        size = shape[0] * kind.itemsize
        if shape[0] > limits.entries or size > limits.entry_bytes:
            raise LimitExceeded(
                f"The entry {shown(member.path)} holds {shape[0]:,} labels of {size:,} bytes."
            )
        content = exactly(file, size)
        if file.read(1):
            raise ArchiveDamaged(f"The entry {shown(member.path)} is longer than its header says.")
        return _names(content, kind)


def _names(content: bytes, kind: "np.dtype[Any]") -> list[str]:
    """ValueError where a string has signs that are none, which NumPy would hand to Python as they are."""
    if kind.kind == "U":
        signs = np.frombuffer(content, np.dtype("u4").newbyteorder(kind.byteorder))
        if signs.size and signs.max() > sys.maxunicode:
            raise ValueError("a label is not Unicode")
    values, which = np.unique(np.frombuffer(content, kind), return_inverse=True)
    names = [tidy(text(value) if isinstance(value, bytes) else str(value)) for value in values.tolist()]
    return [names[index] for index in which.tolist()]


def _refused(member: Member, what: str, hint: str) -> LayoutUnknown:
    return LayoutUnknown(f"The array {shown(member.path)} {what}.", hint)
