"""Commands of the Open Inference Protocol: `trainshed inference ...`."""

from typing import Annotated

import typer

from client.commands import exits
from client.commands.context import Context, client, say, show
from client.commands.options import Json, ModelName
from client.commands.spec import read

group = typer.Typer(
    help="Ask models by the Open Inference Protocol, as KServe and Triton speak it.", no_args_is_help=True
)
Version = Annotated[
    str | None, typer.Option("--version", help="The attempt that left the model. Unset: that one.")
]


@group.command(name="server")
def about(ctx: Context, as_json: Json = False) -> None:
    """Which server this is, and which of the protocol's extensions it speaks."""
    from client.terminal.tables import inference as tables

    with client(ctx) as server:
        record = server.inference_server()
    show(record, as_json, lambda out: tables.server(out, record))


@group.command()
def live(ctx: Context, as_json: Json = False) -> None:
    """Whether the server answers."""
    with client(ctx) as server:
        is_live = server.inference_live()
    say("live" if is_live else "not live", as_json, live=is_live)
    raise typer.Exit(exits.OK if is_live else exits.UNAVAILABLE)


@group.command()
def ready(
    ctx: Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A model. Unset: the server.", show_default=False)
    ] = None,
    version: Version = None,
    as_json: Json = False,
) -> None:
    """Whether models can be asked, or one of them. Exit code 3 when not."""
    with client(ctx) as server:
        is_ready = server.inference_model_ready(name, version) if name else server.inference_ready()
    say("ready" if is_ready else "not ready", as_json, ready=is_ready)
    raise typer.Exit(exits.OK if is_ready else exits.UNAVAILABLE)


@group.command()
def model(ctx: Context, name: ModelName, version: Version = None, as_json: Json = False) -> None:
    """What goes into a model, and what comes out."""
    from client.terminal.tables import inference as tables

    with client(ctx) as server:
        record = server.inference_model(name, version)
    show(record, as_json, lambda out: tables.model(out, record))


@group.command()
def infer(
    ctx: Context,
    name: ModelName,
    request: Annotated[
        str,
        typer.Argument(metavar="REQUEST", help="JSON file with `inputs`; - reads stdin.", show_default=False),
    ],
    version: Version = None,
    as_json: Json = False,
) -> None:
    """Ask a model with tensors."""
    from client.terminal.tables import inference as tables

    with client(ctx) as server:
        answer = server.infer(name, read(request), version)
    show(answer, as_json, lambda out: out.print(tables.tensors(answer.outputs)))
