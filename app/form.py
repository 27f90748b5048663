"""A form with files of any size, written to disk as it comes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.errors import Unprocessable
from model.refusal import Refusal

MOST_FIELDS, MOST_FILES = 20, 100
FIELD_BYTES = 4096
HEADER_BYTES = 16_384  # of one part
BOUNDARY_BYTES = 70  # RFC 2046, 5.1.1


@dataclass
class Form:
    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)  # by the names that they were sent under


async def read(chunks: AsyncIterator[bytes], boundary: bytes, folder: Path) -> Form:
    """Files go into `folder`, under numbers. Unprocessable, OSError."""
    reader = _Reader(folder)
    _check(0 < len(boundary) <= BOUNDARY_BYTES, f"a boundary has 1 to {BOUNDARY_BYTES} characters")
    parser = MultipartParser(boundary, {name: getattr(reader, name) for name in CALLBACKS})  # type: ignore[arg-type]

    def write(chunk: bytes) -> None:
        try:
            parser.write(chunk)
        except MultipartParseError as error:
            raise _refusal(f"the form is no multipart/form-data: {error}") from error

    try:
        async for chunk in chunks:
            await asyncio.to_thread(write, chunk)
    finally:
        reader.close()
    if not reader.ended:
        raise _refusal("the form is cut short")
    return reader.form


CALLBACKS = (
    "on_part_begin",
    "on_header_field",
    "on_header_value",
    "on_header_end",
    "on_headers_finished",
    "on_part_data",
    "on_part_end",
    "on_end",
)


class _Reader:
    """What the parser finds, in order."""

    def __init__(self, folder: Path) -> None:
        self.form, self.ended = Form(), False
        self._folder = folder
        self._headers: dict[bytes, bytes] = {}
        self._header, self._value = b"", b""
        self._name = ""
        self._text = bytearray()
        self._file: BinaryIO | None = None

    def on_part_begin(self) -> None:
        self._headers, self._header, self._value = {}, b"", b""
        self._text.clear()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]
        _check(len(self._header) <= HEADER_BYTES, "a part's header is too long")

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        _check(len(self._value) <= HEADER_BYTES, "a part's header is too long")

    def on_header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header, self._value = b"", b""

    def on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode(errors="replace")
        if b"filename" not in options:
            _check(len(self.form.fields) < MOST_FIELDS, f"more than {MOST_FIELDS} fields")
            return
        filename = options[b"filename"].decode(errors="replace")
        _check(len(self.form.files) < MOST_FILES, f"more than {MOST_FILES} files: send an archive of them")
        _check(filename not in self.form.files, f"two files are called {filename}")
        path = self.form.files[filename] = self._folder / f"part-{len(self.form.files)}"
        self._file = path.open("wb")

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file:
            self._file.write(data[start:end])
            return
        self._text += data[start:end]
        _check(len(self._text) <= FIELD_BYTES, f"the field {self._name} is too long")

    def on_part_end(self) -> None:
        if self._file:
            self.close()
        else:
            self.form.fields[self._name] = self._text.decode(errors="replace")

    def on_end(self) -> None:
        self.ended = True

    def close(self) -> None:
        if self._file:
            self._file.close()
        self._file = None


def _check(fine: bool, message: str) -> None:
    if not fine:
        raise _refusal(message)


def _refusal(message: str) -> Unprocessable:
    return Unprocessable(Refusal("/file", "form", message))
