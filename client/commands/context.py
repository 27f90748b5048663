"""What a command begins with, the server that was named, and ends with, something shown."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:  # loaded when a command runs, so that --help is quick
    from rich.console import Console

    from client.client import Client
    from client.records import Record

Context = typer.Context


def client(ctx: Context) -> "Client":
    from client.client import Client

    return Client(**ctx.obj)


def show_or_json(record: "Record", as_json: bool, show: Callable[["Console"], None]) -> None:
    from client.terminal.screen import paper

    if as_json:
        print(record.text())
    else:
        show(paper())
