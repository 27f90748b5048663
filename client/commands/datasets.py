"""Commands of data sets: `trainshed dataset ...`."""

from pathlib import Path
from typing import Annotated

import typer

from client.commands import completion
from client.commands.context import Context, client, show, stages
from client.commands.options import Cursor, DatasetName, Json, Limit
from client.commands.removal import remove

group = typer.Typer(help="Send pictures of your own to train on.", no_args_is_help=True)


@group.command()
def upload(
    ctx: Context,
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="An archive, or a folder.", exists=True, show_default=False)
    ],
    name: Annotated[str | None, typer.Option(help="Unset: made of the file's name.")] = None,
    image_size: Annotated[int | None, typer.Option(help="Pixels a side. Unset: of the pictures.")] = None,
    fit: Annotated[
        str | None,
        typer.Option(
            help="stretch, crop or pad. Unset: stretch.",
            autocompletion=completion.fixed("stretch", "crop", "pad"),
        ),
    ] = None,
    channels: Annotated[int | None, typer.Option(help="1 or 3. Unset: of the pictures.")] = None,
    test_split: Annotated[
        float | None, typer.Option(help="Share to test on, where there is no test split. Unset: 0.2.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of the split.")] = None,
    bad_files: Annotated[
        str | None,
        typer.Option(help="skip or fail. Unset: skip.", autocompletion=completion.fixed("skip", "fail")),
    ] = None,
    duplicates: Annotated[
        str | None,
        typer.Option(help="keep or drop. Unset: keep.", autocompletion=completion.fixed("keep", "drop")),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Stay until it is ready.")] = True,
    as_json: Json = False,
) -> None:
    """Send pictures, wait until they are prepared, and say what is wrong with them.

    Interrupted, the same command goes on where it stopped.
    """
    from client.terminal.paper import margin
    from client.terminal.preparation import prepare, send

    fields = {
        "name": name,
        "image_size": image_size,
        "fit": fit,
        "channels": channels,
        "test_split": test_split,
        "seed": seed,
        "bad_files": bad_files,
        "duplicates": duplicates,
    }
    with client(ctx) as server:
        dataset = send(server, path, fields, stages(as_json))
        if not as_json:
            print(dataset.title, flush=True)
        if wait:
            dataset = prepare(server, dataset, stages(as_json), margin(as_json))
    if as_json:
        print(dataset.text())


@group.command(name="list")
def list_datasets(ctx: Context, limit: Limit = 50, after: Cursor = None, as_json: Json = False) -> None:
    """Data sets that were sent, newest first, and those that are built in."""
    from client.terminal.tables import datasets as tables

    with client(ctx) as server:
        page = server.datasets(limit, after)
    show(page, as_json, lambda out: out.print(tables.datasets(page.data), tables.built_in(page.built_in)))


@group.command(name="show")
def show_dataset(ctx: Context, name: DatasetName, as_json: Json = False) -> None:
    """All about one data set."""
    from client.terminal.tables import datasets as tables

    with client(ctx) as server:
        record = server.dataset(name)
    show(record, as_json, lambda out: tables.dataset(out, record))


@group.command()
def report(ctx: Context, name: DatasetName, as_json: Json = False) -> None:
    """What is wrong with its files, what to do about it, and how many pictures each class has."""
    from client.terminal.tables import dataset_report as tables

    with client(ctx) as server:
        record = server.dataset_report(name)
    show(record, as_json, lambda out: tables.report(out, record))


@group.command()
def samples(
    ctx: Context,
    name: DatasetName,
    split: Annotated[
        str | None,
        typer.Option(
            help="train, validation or test.", autocompletion=completion.fixed("train", "validation", "test")
        ),
    ] = None,
    label: Annotated[str | None, typer.Option(help="Only of this class.")] = None,
    limit: Limit = 50,
    after: Annotated[int | None, typer.Option(help="Row where the last page ended.", min=0)] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write them there, as PNG.", file_okay=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Pictures as they are trained on."""
    from client import pictures
    from client.terminal.tables import datasets as tables

    with client(ctx) as server:
        page = server.samples(name, split, label, limit, after)
        written = pictures.write_samples(server, name, page.data, out) if out else []
    show(page, as_json, lambda screen: screen.print(tables.samples(page.data, written)))


@group.command()
def cancel(ctx: Context, name: DatasetName, as_json: Json = False) -> None:
    """Give up a preparation; sending the same again starts anew."""
    with client(ctx) as server:
        record = server.cancel_dataset(name)
    print(record.text() if as_json else record.state)


@group.command()
def delete(
    ctx: Context,
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...",
            help="NAME, NAME:VERSION or ids.",
            show_default=False,
            autocompletion=completion.datasets,
        ),
    ],
    as_json: Json = False,
) -> None:
    """Remove data sets; models that were trained on them stay. Exit code 2 when one cannot be removed."""
    with client(ctx) as server:
        remove(names, server.delete_dataset, as_json)
