"""A form with files, read as it comes: files of any size go to disk, pictures that are asked about stay in memory."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO, ClassVar

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.errors import Unprocessable
from model.refusal import Refusal

MOST_FIELDS = 20
FIELD_BYTES = 4096
HEADER_BYTES = 16_384  # of one part
BOUNDARY_BYTES = 70  # RFC 2046, 5.1.1

Fields = dict[str, str]


class Files(ABC):
    """Where they go: each begins, is written and ends before the next begins."""

    POINTER: ClassVar[str]  # of all that is wrong with the form
    MOST: ClassVar[int]
    TOO_MANY: ClassVar[Refusal]

    @abstractmethod
    def begin(self, field: str, filename: str) -> None: ...

    @abstractmethod
    def write(self, data: bytes) -> None: ...

    @abstractmethod
    def end(self) -> None:
        """Also of one that is cut short, and of none."""


class OnDisk(Files):
    POINTER, MOST = "/file", 100
    TOO_MANY = Refusal(POINTER, "form", f"more than {MOST} files: send an archive of them")

    def __init__(self, folder: Path) -> None:
        self.paths: dict[str, Path] = {}  # in `folder`, by the names that they were sent under
        self._folder = folder
        self._file: BinaryIO | None = None

    def begin(self, field: str, filename: str) -> None:
        """OSError."""
        _check(filename not in self.paths, self.POINTER, f"two files are called {filename}")
        path = self.paths[filename] = self._folder / f"part-{len(self.paths)}"
        self._file = path.open("wb")

    def write(self, data: bytes) -> None:
        """OSError."""
        assert self._file
        self._file.write(data)

    def end(self) -> None:
        if self._file:
            self._file.close()
        self._file = None


class Pictures(Files):
    """Those of the fields `image`, with the names of their files; other files are passed over."""

    POINTER, MOST = "/image", 256
    TOO_MANY = Refusal(POINTER, "too_many", f"at most {MOST} images in one request")

    def __init__(self) -> None:
        self.found: list[tuple[str, bytes]] = []
        self._filename: str | None = None  # of one that is passed over
        self._pieces: list[bytes] = []

    def begin(self, field: str, filename: str) -> None:
        self._pieces = []
        self._filename = filename if field == "image" else None

    def write(self, data: bytes) -> None:
        if self._filename is not None:
            self._pieces.append(data)

    def end(self) -> None:
        if self._filename is not None:
            self.found.append((self._filename, b"".join(self._pieces)))


async def read_to_disk(chunks: AsyncIterator[bytes], boundary: bytes, folder: Path) -> tuple[Fields, OnDisk]:
    """Unprocessable, OSError."""
    files = OnDisk(folder)
    reader = _Reader(boundary, files)
    try:
        async for chunk in chunks:
            await asyncio.to_thread(reader.write, chunk)
    finally:
        files.end()
    return reader.fields(), files


async def read_pictures(
    chunks: AsyncIterator[bytes], boundary: bytes
) -> tuple[Fields, list[tuple[str, bytes]]]:
    """(file name, content) of each. Unprocessable."""
    files = Pictures()
    reader = _Reader(boundary, files)
    async for chunk in chunks:
        reader.write(chunk)
    return reader.fields(), files.found


class _Reader:
    """Told by the parser what it finds, in order."""

    def __init__(self, boundary: bytes, files: Files) -> None:
        self._files = files
        self._check(0 < len(boundary) <= BOUNDARY_BYTES, f"a boundary has 1 to {BOUNDARY_BYTES} characters")
        self._parser = MultipartParser(boundary, {name: getattr(self, name) for name in CALLBACKS})  # type: ignore[arg-type]
        self._fields: Fields = {}
        self._ended = False
        self._files_seen = 0
        self._headers: dict[bytes, bytes] = {}
        self._header, self._value = b"", b""
        self._name: str | None = None  # of a field; None in a file
        self._text = bytearray()

    def write(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except MultipartParseError as error:
            raise _refusal(self._files.POINTER, f"the form is no multipart/form-data: {error}") from error

    def fields(self) -> Fields:
        """Once all was written."""
        self._check(self._ended, "the form is cut short")
        return self._fields

    def on_part_begin(self) -> None:
        self._headers, self._header, self._value = {}, b"", b""
        self._text.clear()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]
        self._check(len(self._header) <= HEADER_BYTES, "a part's header is too long")

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._check(len(self._value) <= HEADER_BYTES, "a part's header is too long")

    def on_header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header, self._value = b"", b""

    def on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode(errors="replace")
        if b"filename" not in options:
            self._name = name
            self._check(len(self._fields) < MOST_FIELDS, f"more than {MOST_FIELDS} fields")
            return
        self._name = None
        if self._files_seen == self._files.MOST:
            raise Unprocessable(self._files.TOO_MANY)
        self._files_seen += 1
        self._files.begin(name, options[b"filename"].decode(errors="replace"))

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._name is None:
            self._files.write(data[start:end])
            return
        self._text += data[start:end]
        self._check(len(self._text) <= FIELD_BYTES, f"the field {self._name} is too long")

    def on_part_end(self) -> None:
        if self._name is None:
            self._files.end()
        else:
            self._fields[self._name] = self._text.decode(errors="replace")

    def on_end(self) -> None:
        self._ended = True

    def _check(self, fine: bool, message: str) -> None:
        _check(fine, self._files.POINTER, message)


CALLBACKS = tuple(name for name in vars(_Reader) if name.startswith("on_"))


def _check(fine: bool, pointer: str, message: str) -> None:
    if not fine:
        raise _refusal(pointer, message)


def _refusal(pointer: str, message: str) -> Unprocessable:
    return Unprocessable(Refusal(pointer, "form", message))
