"""Commands of the server itself: `trainshed server ...`, and what it knows by name."""

import json
from typing import Annotated

import typer

from client.commands import completion, exits
from client.commands.context import Context, client, say, show
from client.commands.options import Json
from client.commands.spec import recipe

app = typer.Typer()
group = typer.Typer(help="How the server is.", no_args_is_help=True)


@app.command()
def presets(
    ctx: Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="RECIPE",
            help="Print this one's spec.",
            show_default=False,
            autocompletion=completion.recipes,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Networks and recipes that are known by name; a recipe can be submitted, and is where a spec can start from."""
    from client.terminal.tables import server as tables

    with client(ctx) as server:
        if name:
            print(json.dumps(recipe(server, name), indent=2))
            return
        record = server.presets()
    show(record, as_json, lambda out: tables.presets(out, record))


@group.command()
def alive(ctx: Context, as_json: Json = False) -> None:
    """Whether the API answers. Exit code 3 when not."""
    with client(ctx) as server:
        is_alive = server.alive()
    say("alive" if is_alive else "not alive", as_json, alive=is_alive)
    raise typer.Exit(exits.OK if is_alive else exits.UNAVAILABLE)


@group.command()
def ready(ctx: Context, as_json: Json = False) -> None:
    """Whether jobs can be taken, trained and asked, and what is missing. Exit code 3 when something is."""
    from client.terminal.tables import server as tables

    with client(ctx) as server:
        record = server.ready()
    show(record, as_json, lambda out: tables.ready(out, record))
    raise typer.Exit(exits.OK if record.ok else exits.UNAVAILABLE)


@group.command()
def metrics(ctx: Context, as_json: Json = False) -> None:
    """Its own figures, as Prometheus reads them. A job's are in `trainshed metrics`."""
    with client(ctx) as server:
        text = server.prometheus()
    say(text, as_json, prometheus=text)
