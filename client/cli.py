"""The `trainshed` command."""

from typing import Annotated

import typer

from client.commands import (
    datasets,
    exits,
    inference,
    jobs,
    models,
    moves,
    predict,
    predictions,
    server,
    training,
    uploads,
)
from client.commands.context import Context
from client.commands.group import Commands

app = typer.Typer(
    cls=Commands,
    help="Train VGG networks on a Trainshed server, watch every batch, and predict with what they learned.",
    epilog=exits.EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
FLAT = {
    "Jobs": (jobs.app, moves.app),
    "What a job says and leaves": (training.app,),
    "Models and predictions": (predict.app, predictions.app, models.app),
    "The server": (server.app,),
}
GROUPS = {
    "Models and predictions": {
        "prediction": predictions.group,
        "model": models.group,
        "inference": inference.group,
    },
    "Data sets": {"dataset": datasets.group, "upload": uploads.group},
    "The server": {"server": server.group},
}

for panel, parts in FLAT.items():
    for part in parts:
        for command in part.registered_commands:
            command.rich_help_panel = panel
        app.add_typer(part)
for panel, named in GROUPS.items():
    for name, group in named.items():
        app.add_typer(group, name=name, rich_help_panel=panel)


@app.callback()
def connect(
    ctx: Context,
    url: Annotated[
        str | None,
        typer.Option(envvar="TRAINSHED_URL", help="The server.", show_default="this machine, port 8000"),
    ] = None,
    key: Annotated[
        str | None, typer.Option(envvar="TRAINSHED_API_KEY", help="API key, if it wants one.")
    ] = None,
) -> None:
    ctx.obj = {"url": url, "key": key}


def main() -> None:
    app(prog_name="trainshed")
