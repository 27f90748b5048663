"""What a command begins with, the server that was named, and ends with, something shown."""

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:  # loaded when a command runs, so that --help is quick
    from rich.console import Console

    from client.client import Client
    from client.records.record import Record
    from client.terminal.stages import Stages

Context = typer.Context


def client(ctx: Context) -> "Client":
    from client.client import Client

    return Client(**ctx.obj)


def show(record: "Record", as_json: bool, draw: Callable[["Console"], None]) -> None:
    """As JSON, or drawn. Where it is part of a list, people hear how to get the next part."""
    from client.terminal.paper import paper

    if as_json:
        print(record.text())
        return
    draw(paper())
    if getattr(record, "has_more", False):
        print(f"More: --after {record.next_after}", file=sys.stderr)  # type: ignore[attr-defined]


def say(text: str, as_json: bool, **fields: Any) -> None:
    """Text for people, whether it ends its last line or not, or `fields` as a JSON object."""
    print(json.dumps(fields) if as_json else text.removesuffix("\n"))


def remark(text: object, as_json: bool) -> None:
    """For people alone, on stderr."""
    if not as_json:
        print(text, file=sys.stderr)


def stages(as_json: bool) -> "Stages":
    """How far an upload or a preparation has come, for people, on stderr."""
    from client.terminal.paper import margin
    from client.terminal.stages import Stages

    return Stages(margin(as_json))
