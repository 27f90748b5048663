"""Commands of models: `trainshed models`, `trainshed model ...`."""

from pathlib import Path
from typing import Annotated

import typer

from client.commands import completion
from client.commands.context import Context, client, remark, say, show
from client.commands.options import AliasName, Cursor, Json, Limit, ModelName
from client.commands.removal import remove

app = typer.Typer()
group = typer.Typer(help="Name finished models, export and delete them.", no_args_is_help=True)
SUFFIXES = {"torch": "pt2"}  # of formats whose files end otherwise than they are called
Expected = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="JOB",
        help="Only if it means that job's model now.",
        autocompletion=completion.models,
    ),
]


@app.command()
def models(ctx: Context, limit: Limit = 50, after: Cursor = None, as_json: Json = False) -> None:
    """Finished jobs that can predict."""
    from client.terminal.tables import models as tables

    with client(ctx) as server:
        page = server.models(limit, after)
    show(page, as_json, lambda out: out.print(tables.models(page.data)))


@group.command(name="show")
def show_model(ctx: Context, name: ModelName, as_json: Json = False) -> None:
    """All about one model."""
    from client.terminal.tables import models as tables

    with client(ctx) as server:
        record = server.model(name)
    show(record, as_json, lambda out: tables.model(out, record))


@group.command()
def card(ctx: Context, name: ModelName, as_json: Json = False) -> None:
    """Its model card, in Markdown."""
    with client(ctx) as server:
        text = server.model_card(name)
    say(text, as_json, model=name, markdown=text)


@group.command()
def export(
    ctx: Context,
    name: ModelName,
    kind: Annotated[
        str,
        typer.Option(
            "--format",
            help="safetensors, onnx or torch.",
            autocompletion=completion.fixed("safetensors", "onnx", "torch"),
        ),
    ] = "onnx",
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Unset: NAME with the format's suffix.", dir_okay=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a model to a file for other programs, and say how far the two agree."""
    from client.terminal.tables import models as tables

    with client(ctx) as server:
        path = out or Path(f"{name}.{SUFFIXES.get(kind, kind)}")
        report = server.export_model(name, kind, path)
    show(report, as_json, lambda screen: screen.print(tables.exports([report])))
    remark(path, as_json)


@group.command()
def delete(
    ctx: Context,
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...",
            help="Ids of finished jobs.",
            show_default=False,
            autocompletion=completion.models,
        ),
    ],
    as_json: Json = False,
) -> None:
    """Remove models' files; their jobs and curves stay. Exit code 2 when one cannot be removed."""
    with client(ctx) as server:
        remove(names, server.delete_model, as_json)


@group.command()
def alias(
    ctx: Context,
    name: AliasName,
    job: ModelName,
    expected: Expected = None,
    new: Annotated[bool, typer.Option("--new", help="Only if it means nothing yet.")] = False,
    as_json: Json = False,
) -> None:
    """Give a model a name, or move the name to another model."""
    with client(ctx) as server:
        record = server.move_alias(name, job, expected, new)
    print(record.text() if as_json else record.job_id)


@group.command()
def aliases(ctx: Context, as_json: Json = False) -> None:
    """The names of models, and what they mean."""
    from client.terminal.tables import models as tables

    with client(ctx) as server:
        page = server.aliases()
    show(page, as_json, lambda out: out.print(tables.aliases(page.data)))


@group.command()
def history(ctx: Context, name: AliasName, as_json: Json = False) -> None:
    """What an alias means, and has meant."""
    from client.terminal.tables import models as tables

    with client(ctx) as server:
        record = server.alias(name)
    show(record, as_json, lambda out: out.print(tables.moves(record)))


@group.command()
def unalias(ctx: Context, name: AliasName, expected: Expected = None, as_json: Json = False) -> None:
    """Take a name away; the model stays."""
    with client(ctx) as server:
        remove([name], lambda each: server.delete_alias(each, expected), as_json)
