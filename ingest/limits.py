"""How much of an upload is taken."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    entries: int = 1_000_000  # of an archive, folders included; also rows of a table and samples in all
    total_bytes: int = 64 << 30  # of everything, unpacked
    entry_bytes: int = 256 << 20  # of a picture or a table, unpacked; arrays may be larger
    ratio: int = 200  # unpacked bytes for each that was sent, beyond the bytes that follow
    ratio_free_bytes: int = 100_000_000
    name_bytes: int = 1024  # of a path in UTF-8
    depth: int = 32  # folders above a file


USUAL = Limits()
