"""Commands of uploads that are not complete: `trainshed upload ...`."""

from typing import Annotated

import typer

from client.commands.context import Context, client, say, show
from client.commands.options import Json
from client.commands.removal import remove

group = typer.Typer(help="What was sent, and did not arrive whole.", no_args_is_help=True)


@group.command()
def limits(ctx: Context, as_json: Json = False) -> None:
    """How much may be sent, and by which protocol."""
    from client.terminal.tables import server as tables

    with client(ctx) as server:
        record = server.upload_limits()
    show(record, as_json, lambda out: tables.limits(out, record))


@group.command()
def delete(
    ctx: Context,
    uploads: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID...", help="Unset: all that this machine began and did not end.", show_default=False
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Give uploads up, with what has arrived of them; the server does so by itself after a day."""
    from client.connection.unfinished import Unfinished, cache

    with client(ctx) as server:
        if uploads:
            remove(uploads, server.delete_upload, as_json)
            return
        unfinished = Unfinished(cache())
        given_up = unfinished.give_up(server.delete_upload)
    say("\n".join(given_up) or "There are none.", as_json, deleted=given_up)
