"""The command that predicts."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from client.commands import exits
from client.commands.context import Context, client, show_or_json
from client.commands.options import Json


def predict(
    ctx: Context,
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE...", exists=True, dir_okay=False, show_default=False)
    ],
    model: Annotated[
        str, typer.Option("--model", "--job", help="Id of the finished job, or an alias.", show_default=False)
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
    from client.terminal.prediction_table import predictions

    method = "gradcam" if explain else None
    with client(ctx) as server:
        answer = server.predict(images, model, top_k, min_confidence, flips, method, explained_class)
    written = pictures.write_explanations(answer.predictions, explain) if explain else []
    show_or_json(answer, as_json, lambda out: out.print(predictions(answer.predictions)))
    if written:
        print(f"Explained in {explain}: {len(written)} pictures", file=sys.stderr)
    if any(one.error for one in answer.predictions):
        raise typer.Exit(exits.INVALID)
