"""Removing several things by name."""

import json
from collections.abc import Callable, Iterable, Sequence

import typer

from client.commands import exits, failure
from client.errors import Conflict, NotFound, TrainshedError


def remove(names: Iterable[str], delete: Callable[[str], None], as_json: bool) -> None:
    """Each that can be. Ends the command with INVALID when one cannot."""
    deleted, refused = list[str](), list[Conflict | NotFound]()
    for name in names:
        try:
            delete(name)
            deleted.append(name)
        except (Conflict, NotFound) as error:
            refused.append(error)
    if as_json:
        print(json.dumps({"deleted": deleted}))
    refuse(refused, as_json)


def refuse(refused: Sequence[TrainshedError], as_json: bool) -> None:
    """Says what was refused, and ends the command with INVALID if anything was."""
    for error in refused:
        failure.tell(error, as_json)
    if refused:
        raise typer.Exit(exits.INVALID)
