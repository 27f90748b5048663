"""The command that predicts."""

from pathlib import Path
from typing import Annotated

import typer

from client.commands import completion, exits
from client.commands.context import Context, client, remark, show
from client.commands.options import Json

app = typer.Typer()


@app.command()
def predict(
    ctx: Context,
    images: Annotated[
        list[Path],
        typer.Argument(metavar="IMAGE...", help="Pictures.", exists=True, dir_okay=False, show_default=False),
    ],
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "--job",
            help="Id of the finished job, or an alias.",
            show_default=False,
            autocompletion=completion.models,
        ),
    ],
    top_k: Annotated[int, typer.Option(help="Classes to name for each image.", min=1)] = 3,
    min_confidence: Annotated[
        float | None, typer.Option(help="Name no class that is less likely.", min=0, max=1)
    ] = None,
    flips: Annotated[
        bool, typer.Option("--flips", help="Average over the mirror image too: takes twice as long.")
    ] = False,
    explain: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            file_okay=False,
            help="Write there where in each image, of 16 at most, its class is seen.",
        ),
    ] = None,
    explained_class: Annotated[
        str | None,
        typer.Option(
            "--class", metavar="CLASS", help="Explain this class, a label or an index, not the likeliest."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """What a model sees in images. Exit code 2 when one of them cannot be read."""
    from client import pictures
    from client.terminal.tables import predictions as tables

    method = "gradcam" if explain else None
    with client(ctx) as server:
        answer = server.predict(images, model, top_k, min_confidence, flips, method, explained_class)
    written = pictures.write_explanations(answer.predictions, explain) if explain else []
    show(answer, as_json, lambda out: out.print(tables.predictions(answer.predictions)))
    if written:
        remark(f"Explained in {explain}: {len(written)} pictures", as_json)
    if any(one.error for one in answer.predictions):
        raise typer.Exit(exits.INVALID)
