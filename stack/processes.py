"""The table of children: name, command, patience."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent  # where the rooms lie, in a checkout and in an installation
QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat")  # workers need no news of each other


@dataclass(frozen=True, slots=True)
class Process:
    """A command line that stays in the foreground and stops cleanly on SIGTERM."""

    name: str
    command: Sequence[str]
    patience: float  # seconds between SIGTERM and SIGKILL


def redis_process(program: Path, configuration: Path) -> Process:
    """Started before the others, stopped after them."""
    return Process("redis", [str(program), str(configuration)], patience=30)


def rooms(port: int) -> list[Process]:
    """In the order they are started; they are stopped in the opposite one, so that the API goes first.

    `port` makes a worker's name unique on its host, should several stacks share one Redis.
    """

    def celery(room: str, name: str) -> list[str]:
        return _python("celery", "-A", room, "worker", "-n", f"{name}-{port}@%h", *QUIET)

    return [
        Process("predictor", _python("predictor"), patience=5),
        # A process that trains saves first; jobs are handed back.
        Process("worker", celery("worker.main", "stack"), patience=30),
        Process("importer", celery("worker.importer", "import"), patience=30),
        Process("batcher", celery("worker.batcher", "batch"), patience=30),
        Process("api", _python("app"), patience=5),
    ]


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]
