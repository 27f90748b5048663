"""Where things are printed."""

import sys
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from client.terminal.plain import plain_lines


class Paper(Console):
    """What is not a terminal is wide enough for any row; a closed pipe is the caller's to handle.

    Only rich itself moves the cursor and sets colours: what is printed is text.
    """

    def on_broken_pipe(self) -> None:
        raise  # it is called while a BrokenPipeError is handled

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(plain_lines(segment.text), segment.style)


def paper() -> Paper:
    return Paper(width=None if sys.stdout.isatty() else 1000)


def margin(quiet: bool = False) -> Paper:
    """Stderr, for remarks; `quiet` where a program reads them."""
    return Paper(stderr=True, quiet=quiet)
