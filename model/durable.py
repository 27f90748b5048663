"""Writing files that survive a crash at any moment. No torch."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def write_whole(path: Path, content: bytes | memoryview) -> None:
    """After a crash at any moment the file is the old one or the new one. OSError leaves the old one alone.

    Of several who write it at once one is the last, and its content stays, whole.
    """
    with writing(path) as file:
        file.write(content)


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """As `write_whole`, bit by bit: the file is there when this ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def move_whole(part: Path, path: Path) -> None:
    """As `write_whole`, for a file on the same disk that is written already."""
    _sync(part)
    part.replace(path)
    _sync(path.parent)


@contextmanager
def writing_folder(path: Path) -> Iterator[Path]:
    """As `writing`, for a folder of files: what is filled becomes `path`, in place of an older one, when this ends.

    Not made anew is the folder that it lies in: who removed it meanwhile has removed this too, FileNotFoundError.
    """
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    part.mkdir()
    try:
        yield part
        for file in part.iterdir():
            _sync(file)
        _sync(part)
        shutil.rmtree(path, ignore_errors=True)
        part.replace(path)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _sync(path.parent)


def write_new(path: Path, content: bytes) -> bool:
    """As `write_whole`, and False where there is a file of that name already: of several who try, one succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    write_whole(part, content)
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    finally:
        part.unlink(missing_ok=True)
    return True


def _sync(path: Path) -> None:
    """A file's content, or a folder's list of names, renamed files among them, is on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
