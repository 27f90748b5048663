"""Aliases: names for models that can be moved from one job's to another's.

A file for each, `<home>/aliases/<alias>.json`, that holds its moves, replaced in one step: the last says what the name
means now. So they outlive Redis, and a move is seen whole or not at all.
"""

import fcntl
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from model.durable import write_whole
from store.errors import AliasUnknown, Named

ALIAS = r"(?!job_)[a-z0-9][a-z0-9._-]{0,99}"  # nobody takes it for the id of a job
KEPT = 1000  # moves of an alias
Version = tuple[int, int, int]  # of a file: inode, time, bytes, each move's another


@dataclass(frozen=True, slots=True)
class Move:
    """None: the name meant nothing before, or means nothing from then on."""

    at: int  # Unix milliseconds
    before: str | None  # id of a job
    after: str | None


class Aliases:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[str, tuple[Version, str | None]] = {}

    def find(self, alias: str) -> str:
        """The job that it means now; its file is read again once it was replaced. AliasUnknown."""
        version = self._version(alias)
        seen, means = self._found.get(alias, (None, None))
        if version and version != seen:
            moves = self.moves(alias)
            means = moves[-1].after if moves else None
            self._found[alias] = version, means
        if version is None or means is None:
            raise AliasUnknown(alias[:128])
        return means

    def moves(self, alias: str) -> list[Move]:
        """The oldest first, also of one that was deleted; none of a name that was never given."""
        if not re.fullmatch(ALIAS, alias):
            return []
        try:
            return [Move(**move) for move in json.loads(self._path(alias).read_bytes())]
        except FileNotFoundError:
            return []

    def all(self) -> dict[str, Move]:
        """The last move of each that means something."""
        last = {path.stem: self.moves(path.stem)[-1] for path in sorted(self._folder.glob("*.json"))}
        return {alias: move for alias, move in last.items() if move.after}

    def by_job(self) -> dict[str, list[str]]:
        found = defaultdict(list)
        for alias, move in self.all().items():
            found[str(move.after)].append(alias)
        return dict(found)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Meanwhile nobody else moves one: for whoever looks first and then moves, or deletes what one could mean."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def move(self, alias: str, after: str | None) -> Move:
        """`alone`; `alias` is an `ALIAS`. Where it means that already, nothing is moved. OSError."""
        moves = self.moves(alias)
        before = moves[-1].after if moves else None
        move = Move(time.time_ns() // 1_000_000, before, after)
        if moves and before == after:
            return moves[-1]
        kept = [*moves, move][-KEPT:]
        write_whole(self._path(alias), json.dumps([asdict(each) for each in kept]).encode())
        return move

    @contextmanager
    def unnamed(self, job_id: str) -> Iterator[None]:
        """Meanwhile none means that job. Named, where one does."""
        with self.alone():
            if aliases := self.by_job().get(job_id):
                raise Named(job_id, aliases)
            yield

    def _version(self, alias: str) -> Version | None:
        """None where there is no file."""
        if not re.fullmatch(ALIAS, alias):
            return None
        try:
            status = self._path(alias).stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _path(self, alias: str) -> Path:
        return self._folder / f"{alias}.json"
