"""Reads .xz in bounded memory: the file says how much its reader needs, and Python's `LZMAFile` obeys."""

import io
import lzma
from typing import Any, BinaryIO

from ingest.archive import CHUNK

MOST_MEMORY = 160 << 20  # bytes; `xz -9` needs 65 MiB


class Xz(io.RawIOBase):
    """The unpacked bytes. Going back reads all again. LZMAError, EOFError."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._rewind()

    def _rewind(self) -> None:
        self._file.seek(0)
        self._at, self._unpacker = 0, lzma.LZMADecompressor(lzma.FORMAT_XZ, MOST_MEMORY)

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
        while not self._unpacker.eof:
            packed = self._file.read(1 << 16) if self._unpacker.needs_input else b""
            if self._unpacker.needs_input and not packed:
                raise EOFError("it is cut short")
            if piece := self._unpacker.decompress(packed, len(buffer)):
                buffer[: len(piece)] = piece
                self._at += len(piece)
                return len(piece)
        return 0
