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

    `port` makes the worker's name unique on its host, should several stacks share one Redis.
    """
    worker = ["celery", "-A", "worker.main", "worker", "-n", f"stack-{port}@%h", *QUIET]
    return [
        Process("predictor", _python("predictor"), patience=5),
        Process("worker", _python(*worker), patience=30),  # the trainer saves, the job is handed back
        Process("api", _python("app"), patience=5),
    ]


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]
