"""Commands of predictions of many pictures: `trainshed predict-all`, `trainshed prediction ...`."""

from pathlib import Path
from typing import Annotated

import typer

from client.commands import completion
from client.commands.context import Context, client, remark, show, stages
from client.commands.options import Cursor, Json, Limit, ModelName
from client.commands.removal import remove

app = typer.Typer()
group = typer.Typer(
    help="Predictions of many pictures: see how far they are, fetch them.", no_args_is_help=True
)

PredictionId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="Id of the prediction.",
        show_default=False,
        autocompletion=completion.predictions,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Write it there: JSON lines into .jsonl, else CSV. Unset: CSV here.",
        dir_okay=False,
    ),
]
Found = Annotated[
    bool, typer.Option("--json", help="Print JSON lines here; with --out what is known of the prediction.")
]


@app.command()
def predict_all(
    ctx: Context,
    model: ModelName,
    dataset: Annotated[
        str | None, typer.Option(help="NAME, NAME:VERSION or id.", autocompletion=completion.datasets)
    ] = None,
    split: Annotated[
        str,
        typer.Option(
            help="train, validation, test or all.",
            autocompletion=completion.fixed("train", "validation", "test", "all"),
        ),
    ] = "test",
    pictures: Annotated[
        Path | None, typer.Option(metavar="PATH", help="An archive, or a folder.", exists=True)
    ] = None,
    top_k: Annotated[int, typer.Option(help="Classes to name for each picture.", min=1)] = 5,
    out: Out = None,
    as_json: Found = False,
) -> None:
    """What a model sees in a whole data set, or in all pictures of an archive or a folder."""
    from client.terminal import bulk_watch

    if (dataset is None) == (pictures is None):
        raise typer.BadParameter("give --dataset or --pictures")
    with client(ctx) as server:
        if pictures:
            queued = bulk_watch.send(server, pictures, model, top_k, stages(as_json))
        else:
            queued = server.predict_dataset(model, dataset or "", split, top_k)
    fetch(ctx, queued.id, out, as_json)


@group.command(name="list")
def list_predictions(ctx: Context, limit: Limit = 50, after: Cursor = None, as_json: Json = False) -> None:
    """Predictions, newest first."""
    from client.terminal.tables import predictions as tables

    with client(ctx) as server:
        page = server.predictions(limit, after)
    show(page, as_json, lambda paper: paper.print(tables.bulk(page.data)))


@group.command()
def fetch(ctx: Context, prediction: PredictionId, out: Out = None, as_json: Found = False) -> None:
    """Wait until it is done, and fetch what it found."""
    from client.terminal import bulk_watch

    is_lines = out.suffix == ".jsonl" if out else as_json
    with client(ctx) as server:
        record = bulk_watch.fetch(server, prediction, out, "jsonl" if is_lines else "csv", stages(as_json))
    if as_json and out:
        print(record.text())
    remark(bulk_watch.told(record), as_json)


@group.command()
def cancel(ctx: Context, prediction: PredictionId, as_json: Json = False) -> None:
    """Give it up."""
    with client(ctx) as server:
        record = server.cancel_prediction(prediction)
    print(record.text() if as_json else record.state)


@group.command()
def delete(
    ctx: Context,
    predictions: Annotated[
        list[str],
        typer.Argument(
            metavar="ID...",
            help="Ids of predictions.",
            show_default=False,
            autocompletion=completion.predictions,
        ),
    ],
    as_json: Json = False,
) -> None:
    """Remove those that have ended, with their results. Exit code 2 when one cannot be removed."""
    with client(ctx) as server:
        remove(predictions, server.delete_prediction, as_json)
