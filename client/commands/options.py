"""What several commands take, said once."""

from typing import Annotated

import typer

from client.commands import completion

JobId = Annotated[
    str,
    typer.Argument(
        metavar="JOB", help="Id of the job.", show_default=False, autocompletion=completion.jobs()
    ),
]
JobIds = Annotated[
    list[str],
    typer.Argument(
        metavar="JOB...", help="Ids of jobs.", show_default=False, autocompletion=completion.jobs()
    ),
]
DatasetName = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="NAME, NAME:VERSION or id.",
        show_default=False,
        autocompletion=completion.datasets,
    ),
]
ModelName = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Id of the finished job, or an alias.",
        show_default=False,
        autocompletion=completion.models,
    ),
]
AliasName = Annotated[
    str,
    typer.Argument(
        metavar="ALIAS", help="a-z, 0-9, . _ and -", show_default=False, autocompletion=completion.aliases
    ),
]
Spec = Annotated[
    str,
    typer.Argument(
        metavar="SPEC",
        help="JSON file of the spec; - reads stdin; or a recipe's name.",
        show_default=False,
        autocompletion=completion.specs,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
JsonLines = Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")]
After = Annotated[int, typer.Option(help="Start after this step.", min=0)]
Limit = Annotated[int, typer.Option(help="How many at most.", min=1)]
Cursor = Annotated[str | None, typer.Option(metavar="CURSOR", help="Where the last page ended.")]
