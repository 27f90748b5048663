"""Commands of models: `trainshed model ...`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from client.commands.context import Context, client, show_or_json
from client.commands.options import AliasName, Json, ModelName

app = typer.Typer(help="Name finished models, export and delete them.", no_args_is_help=True)
SUFFIXES = {"torch": "pt2"}  # of formats whose files end otherwise than they are called


@app.command()
def show(ctx: Context, name: ModelName, as_json: Json = False) -> None:
    """All about one model."""
    from client.terminal import model_tables as tables

    with client(ctx) as server:
        record = server.model(name)
    show_or_json(record, as_json, lambda out: tables.model(out, record))


@app.command()
def card(ctx: Context, name: ModelName) -> None:
    """Its model card, in Markdown."""
    with client(ctx) as server:
        sys.stdout.write(server.model_card(name))


@app.command()
def export(
    ctx: Context,
    name: ModelName,
    kind: Annotated[str, typer.Option("--format", help="safetensors, onnx or torch.")] = "onnx",
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Unset: NAME with the format's suffix.", dir_okay=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a model to a file for other programs, and say how far the two agree."""
    from client.terminal import model_tables as tables

    with client(ctx) as server:
        path = out or Path(f"{name}.{SUFFIXES.get(kind, kind)}")
        report = server.export_model(name, kind, path)
    show_or_json(report, as_json, lambda screen: screen.print(tables.exports([report])))
    print(path, file=sys.stderr)


@app.command()
def delete(ctx: Context, name: ModelName) -> None:
    """Remove a model's files; its job and the curve stay."""
    with client(ctx) as server:
        server.delete_model(name)


@app.command()
def alias(
    ctx: Context,
    name: AliasName,
    job: ModelName,
    expected: Annotated[
        str | None, typer.Option("--from", metavar="JOB", help="Only if it means that job's model now.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Give a model a name, or move the name to another model."""
    with client(ctx) as server:
        record = server.move_alias(name, job, expected)
    print(record.text() if as_json else record.job_id)


@app.command()
def aliases(ctx: Context, as_json: Json = False) -> None:
    """The names of models, and what they mean."""
    from client.terminal import model_tables as tables

    with client(ctx) as server:
        page = server.aliases()
    show_or_json(page, as_json, lambda out: out.print(tables.aliases(page.data)))


@app.command()
def unalias(ctx: Context, name: AliasName) -> None:
    """Take a name away; the model stays."""
    with client(ctx) as server:
        server.delete_alias(name)
