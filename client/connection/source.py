"""What is sent as a data set: a file as it is, or a folder as an archive of its files."""

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from client.errors import TrainshedError

Progress = Callable[[str, int, int], None]
"""Hears what is being done ("packing", "sending"), and how many bytes of how many of it are."""

JUNK = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
COPIED = 2**20  # bytes at a time


@dataclass(frozen=True, slots=True)
class Source:
    """`mark` is another one as soon as a file is: it tells whether an upload can go on."""

    path: Path
    filename: str
    file: BinaryIO
    size: int  # bytes
    mark: str

    def check_unchanged(self) -> None:
        """Raises TrainshedError where the file was written to meanwhile. An archive of a folder is our own."""
        if self.path.is_file() and _mark(self.path, [self.path]) != self.mark:
            raise TrainshedError(f"{self.path} changed while it was sent: send it again")


@contextmanager
def opened(path: Path, progress: Progress) -> Iterator[Source]:
    """A folder gives the same bytes however often it is packed, wherever it lies. Raises TrainshedError."""
    path = path.absolute()
    try:
        with _packed(path, progress) if path.is_dir() else _plain(path) as source:
            if not source.size:
                raise TrainshedError(f"{path} is empty")
            yield source
    except OSError as error:
        raise TrainshedError(f"{error.filename or path}: {error.strerror or error}") from error


@contextmanager
def _plain(path: Path) -> Iterator[Source]:
    if path.exists() and not path.is_file():  # a pipe would be waited for, and cannot be sent twice
        raise TrainshedError(f"{path} is neither a file nor a folder")
    with path.open("rb") as file:
        yield Source(path, path.name, file, os.fstat(file.fileno()).st_size, _mark(path, [path]))


@contextmanager
def _packed(folder: Path, progress: Progress) -> Iterator[Source]:
    paths = list(_files(folder))
    if not paths:
        raise TrainshedError(f"{folder}: there is no file in it but hidden ones")
    mark, total = _mark(folder, paths), sum(path.stat().st_size for path in paths)
    _check_room(total)
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w") as archive:
            done = 0
            for path in paths:
                progress("packing", done, total)
                done += _add(archive, path, path.relative_to(folder).as_posix())
        progress("packing", total, total)
        yield Source(folder, f"{folder.resolve().name}.zip", file, file.seek(0, os.SEEK_END), mark)


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> int:
    """Returns the bytes of the file, which are stored as they are: pictures are compressed already."""
    entry = zipfile.ZipInfo()
    entry.filename, entry.create_system = name, 3  # of every system the same, and without the time
    entry.file_size = path.stat().st_size  # for files of more than 2 GiB
    with path.open("rb") as source:
        try:
            target = archive.open(entry, "w")
        except UnicodeEncodeError as error:
            raise TrainshedError(f"{os.fsencode(path)!r}: its name is not UTF-8; rename it") from error
        with target:
            shutil.copyfileobj(source, target, COPIED)
    return entry.file_size


def _files(folder: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    """In the order of their names; links are followed."""
    real = folder.resolve()
    if real in above:
        raise TrainshedError(f"{folder} leads back to a folder that it lies in: take that link out")
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name.lower() in JUNK:
            continue
        if path.is_dir():
            yield from _files(path, (*above, real))
        elif path.is_file():
            yield path
        else:
            raise TrainshedError(f"{path} is no file that can be read: take it out")


def _mark(source: Path, paths: list[Path]) -> str:
    digest = hashlib.sha256(os.fsencode(source))
    for path in paths:
        facts = path.stat()
        digest.update(os.fsencode(path) + f"\0{facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _check_room(size: int) -> None:
    place = tempfile.gettempdir()
    if size > shutil.disk_usage(place).free:
        raise TrainshedError(
            f"{place} has no room for an archive of {size:,} bytes: set TMPDIR to a folder that has"
        )
