"""What lies in archives beside pictures, by the names it has."""

import re

PICTURE = re.compile(
    r".*\.(jpe?g|jpe|jfif|a?png|webp|bmp|dib|gif|tiff?|p[bgnp]m|tga|hei[cf]|avif|jp2|jxl)|[^.]+",
    re.IGNORECASE,
)
ARCHIVE = re.compile(r".*\.(zip|tar|t[bgx]z2?|gz|bz2|xz|zst|7z|rar|jar|npz|parquet)", re.IGNORECASE)
DEBRIS = (
    (re.compile(r"(^|/)__MACOSX/|(^|/)\._"), "macOS keeps attributes in it"),
    (re.compile(r"(^|/)(\.DS_Store|Thumbs\.db|desktop\.ini)$", re.IGNORECASE), "a file browser left it"),
    (re.compile(r"(^|/)\."), "it is hidden"),
    (
        re.compile(r"(^|/)(readme|licen[cs]e|copying|changelog|notice)[^/]*$", re.IGNORECASE),
        "it is about the data",
    ),
)


def debris(path: str) -> str | None:
    """Why the file is no part of any data set."""
    return next((why for name, why in DEBRIS if name.search(path)), None)


def is_picture(path: str) -> bool:
    """By its name. Whether it can be decoded is another question; a file without a suffix may be."""
    return PICTURE.fullmatch(path.rpartition("/")[2]) is not None


def is_archive(path: str) -> bool:
    return ARCHIVE.fullmatch(path) is not None
