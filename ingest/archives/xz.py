"""Reads .xz in bounded memory: the file says how much its reader needs, and Python's `LZMAFile` gives it that."""

import io
import lzma
from typing import Any, BinaryIO

from ingest.archives.archive import CHUNK

PACKED = 1 << 16  # bytes that are read at once
MOST_MEMORY = 160 << 20  # bytes; `xz -9` needs 65 MiB


class Xz(io.RawIOBase):
    """The unpacked bytes. Going back reads all again. LZMAError, EOFError."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._rewind()

    def _rewind(self) -> None:
        self._file.seek(0)
        self._at = 0
        self._begin(b"")

    def _begin(self, packed: bytes) -> None:
        """A stream; a file may have several."""
        self._unpacker, self._packed = lzma.LZMADecompressor(lzma.FORMAT_XZ, MOST_MEMORY), packed

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        place = offset + (self._at if whence == io.SEEK_CUR else 0)
        if place < self._at:
            self._rewind()
        while self._at < place and self.read(min(CHUNK, place - self._at)):
            pass
        return self._at

    def readinto(self, buffer: Any) -> int:
        while True:
            if self._unpacker.eof:
                if not (after := (self._unpacker.unused_data or self._file.read(PACKED)).lstrip(b"\x00")):
                    return 0
                self._begin(after)
            packed, self._packed = self._packed, b""
            if not packed and self._unpacker.needs_input and not (packed := self._file.read(PACKED)):
                raise EOFError("it is cut short")
            if piece := self._unpacker.decompress(packed, len(buffer)):
                buffer[: len(piece)] = piece
                self._at += len(piece)
                return len(piece)
