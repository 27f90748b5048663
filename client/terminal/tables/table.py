"""What all tables are made with."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from client.terminal import figures
from client.terminal.plain import plain

Row = Sequence[RenderableType]


def table(columns: Sequence[str], rows: Iterable[Row], title: str | None = None) -> Table:
    """A heading that starts with ">" is right-aligned. Cells are text, never markup."""
    grid = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        title=title,
        title_justify="left",
        title_style="bold",
    )
    for heading in columns:
        grid.add_column(
            heading.lstrip(">"), justify="right" if heading.startswith(">") else "left", no_wrap=True
        )
    for row in rows:
        grid.add_row(*(escape(plain(cell)) if isinstance(cell, str) else cell for cell in row))
    return grid


def facts(console: Console, rows: Iterable[tuple[str, RenderableType]]) -> None:
    """A line each: a word, and what it is."""
    grid = Table.grid(padding=(0, 2))
    for name, value in rows:
        grid.add_row(name, Text(plain(value)) if isinstance(value, str) else value)
    console.print(grid)


def moment(at: datetime | None) -> str:
    """In this machine's time zone."""
    return figures.DASH if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def pairs(mapping: dict[str, Any]) -> str:
    told = (
        (name, f"({pairs(value)})" if isinstance(value, dict) else value) for name, value in mapping.items()
    )
    return ", ".join(f"{name} {value}" for name, value in told if value is not None) or figures.DASH
