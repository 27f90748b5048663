"""What lies in archives beside pictures, by the names it has."""

import re

from ingest.archives.names import shown
from ingest.source import Fault

PICTURE = re.compile(
    r".*\.(jpe?g|jpe|jfif|a?png|webp|bmp|dib|gif|tiff?|p[bgnp]m|tga|hei[cf]|avif|jp2|jxl)|[^.]+",
    re.IGNORECASE,
)
ARCHIVE = re.compile(r".*\.(zip|tar|t[bgx]z2?|gz|bz2|xz|zst|7z|rar|jar)", re.IGNORECASE)
DEBRIS = {
    r"__MACOSX/|\._": "macOS keeps attributes in it",
    r"(?i:\.DS_Store|Thumbs\.db|desktop\.ini)$": "a file browser left it",
    r"\.": "it is hidden",
    r"(?i:(?:readme|licen[cs]e|copying|changelog|notice)(?:\.(?:txt|md|rst|html?|pdf))?)$": "it is about the data",
}
# One expression, because every path of an archive is held against it.
NAMES = re.compile(f"(?:^|/)(?:{'|'.join(f'({pattern})' for pattern in DEBRIS)})")
REASONS = tuple(DEBRIS.values())


def debris(path: str) -> str | None:
    """Why the file is no part of any data set."""
    found = NAMES.search(path)
    return REASONS[found.lastindex - 1] if found and found.lastindex else None


def is_picture(path: str) -> bool:
    """By its name. Whether it can be decoded is another question; a file without a suffix may be."""
    return PICTURE.fullmatch(path.rpartition("/")[2]) is not None


def is_archive(path: str) -> bool:
    return ARCHIVE.fullmatch(path) is not None


def unopened(path: str) -> Fault:
    """Of an archive in the archive."""
    return Fault(path, "nested_archive", f"{shown(path)} is an archive in the archive, and is not opened.")
