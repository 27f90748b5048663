"""Commands of predictions of many pictures: `trainshed predict-all`, `trainshed prediction ...`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from client.commands.context import Context, client, show_or_json
from client.commands.options import Cursor, Json, Limit, ModelName

app = typer.Typer(
    help="Predictions of many pictures: see how far they are, fetch them.", no_args_is_help=True
)

PredictionId = Annotated[str, typer.Argument(metavar="ID", help="Id of the prediction.", show_default=False)]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Write it there: JSON lines into .jsonl, else CSV. Unset: CSV here.",
        dir_okay=False,
    ),
]


def predict_all(
    ctx: Context,
    model: ModelName,
    dataset: Annotated[str | None, typer.Option(help="NAME, NAME:VERSION or id.")] = None,
    split: Annotated[str, typer.Option(help="train, validation, test or all.")] = "test",
    pictures: Annotated[
        Path | None, typer.Option(metavar="PATH", help="An archive, or a folder.", exists=True)
    ] = None,
    top_k: Annotated[int, typer.Option(help="Classes to name for each picture.", min=1)] = 5,
    out: Out = None,
) -> None:
    """What a model sees in a whole data set, or in all pictures of an archive or a folder."""
    from client.terminal import bulk_watch

    if (dataset is None) == (pictures is None):
        raise typer.BadParameter("give --dataset or --pictures")
    with client(ctx) as server:
        if pictures:
            queued = bulk_watch.send(server, pictures, model, top_k)
        else:
            queued = server.predict_dataset(model, dataset or "", split, top_k)
        bulk_watch.fetch(server, queued.id, out)


@app.command(name="list")
def list_predictions(ctx: Context, limit: Limit = 50, after: Cursor = None, as_json: Json = False) -> None:
    """Predictions, newest first."""
    from client.terminal import bulk_watch

    with client(ctx) as server:
        page = server.predictions(limit, after)
    show_or_json(page, as_json, lambda out: out.print(bulk_watch.listed(page.data)))
    if page.has_more and not as_json:
        print(f"More: --after {page.next_after}", file=sys.stderr)


@app.command()
def fetch(ctx: Context, prediction: PredictionId, out: Out = None) -> None:
    """Wait until it is done, and fetch what it found."""
    from client.terminal import bulk_watch

    with client(ctx) as server:
        bulk_watch.fetch(server, prediction, out)


@app.command()
def cancel(ctx: Context, prediction: PredictionId, as_json: Json = False) -> None:
    """Give it up."""
    with client(ctx) as server:
        record = server.cancel_prediction(prediction)
    print(record.text() if as_json else record.state)


@app.command()
def delete(ctx: Context, prediction: PredictionId) -> None:
    """Remove one that has ended, with its result."""
    with client(ctx) as server:
        server.delete_prediction(prediction)
