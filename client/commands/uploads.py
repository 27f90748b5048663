"""Commands of uploads that are not complete: `trainshed upload ...`."""

from contextlib import suppress
from typing import Annotated

import typer

from client.commands.context import Context, client, show
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
    from client.client import Client
    from client.connection.unfinished import Unfinished, cache
    from client.errors import NotFound

    unfinished = Unfinished(cache())

    def forget(server: Client, upload_id: str) -> None:
        with suppress(NotFound):  # the server has forgotten it, or another one has it
            server.delete_upload(upload_id)

    with client(ctx) as server:
        if uploads:
            remove(uploads, server.delete_upload, as_json)
        else:
            remove(unfinished.ids(), lambda upload_id: forget(server, upload_id), as_json)
