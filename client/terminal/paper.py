"""Where things are printed."""

import sys

from rich.console import Console


class Paper(Console):
    """What is not a terminal is wide enough for any row; a closed pipe is the caller's to handle."""

    def on_broken_pipe(self) -> None:
        raise  # it is called while a BrokenPipeError is handled


def paper() -> Paper:
    return Paper(width=None if sys.stdout.isatty() else 1000)


def margin(quiet: bool = False) -> Console:
    """Stderr, for remarks; `quiet` where a program reads them."""
    return Console(stderr=True, quiet=quiet)
