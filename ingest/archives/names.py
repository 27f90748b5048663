"""Paths inside an archive: which are refused, and how others are written."""

import re
import unicodedata
from collections.abc import Callable

from ingest.errors import EntryForbidden
from ingest.limits import Limits

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
REASONS: tuple[tuple[str, Callable[[str, Limits], object]], ...] = (
    ("its name has control characters", lambda path, _: CONTROL.search(path)),
    ("its path begins at the root of a disk", lambda path, _: path.startswith("/")),
    ("its path begins with a drive letter", lambda path, _: re.match(r"[A-Za-z]:", path)),
    ("its path leads out of the archive", lambda path, _: ".." in path and ".." in path.split("/")),
    ("its name is too long", lambda path, limits: len(path.encode()) > limits.name_bytes),
    ("it lies too many folders deep", lambda path, limits: path.count("/") > limits.depth),
)


def text(raw: bytes) -> str:
    """Bytes of an unnamed encoding: UTF-8 where they are that, else the code page of MS-DOS, which fits any bytes."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp437")


def clean(name: str, limits: Limits) -> str:
    """The path with / between its folders, without `./`; empty for the archive's own root. EntryForbidden."""
    path = name.replace("\\", "/")
    for why, holds in REASONS:
        if holds(path, limits):
            raise EntryForbidden(f"The entry {shown(name)} is refused: {why}.")
    if path.startswith("./") or "//" in path or "/./" in path or path.endswith(("/", "/.")) or path == ".":
        path = "/".join(part for part in path.split("/") if part not in ("", "."))
    return path


def alike(path: str) -> str:
    """Equal for paths that are one file on some disk: those of other case or another Unicode normalisation."""
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path).casefold()


def shown(name: str) -> str:
    """For a message: in quotes, control characters escaped, at most 100 characters."""
    cut = name if len(name) <= 100 else f"{name[:60]}...{name[-37:]}"
    return '"' + "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in cut) + '"'
