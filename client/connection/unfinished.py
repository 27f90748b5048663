"""Ids of uploads that are not complete, kept so that another run of the same command goes on with them."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from client.errors import NotFound

KEPT_SECONDS = 24 * 3600  # the service forgets them after a day


def cache() -> Path:
    """Below the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "trainshed" / "uploads"


class Unfinished:
    """A file for each; without a `folder`, or where it cannot be written, nothing is kept."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def find(self, mark: str) -> str | None:
        if self._folder:
            with suppress(OSError):
                return (self._folder / mark).read_text()
        return None

    def give_up(self, delete: Callable[[str], None]) -> list[str]:
        """Deletes all that the server still has, and returns their ids. Those of another server stay kept."""
        given_up = []
        for path in sorted(self._folder.glob("*")) if self._folder else ():
            with suppress(OSError, NotFound):
                upload_id = path.read_text()
                delete(upload_id)
                path.unlink()
                given_up.append(upload_id)
        return given_up

    def put(self, mark: str, upload_id: str) -> None:
        if self._folder:
            with suppress(OSError):
                self._folder.mkdir(parents=True, exist_ok=True)
                self._expire(self._folder)
                (self._folder / mark).write_text(upload_id)

    def forget(self, mark: str) -> None:
        if self._folder:
            with suppress(OSError):
                (self._folder / mark).unlink()

    def _expire(self, folder: Path) -> None:
        for path in folder.iterdir():
            if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink()
