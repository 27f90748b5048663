"""What several commands take, said once."""

from typing import Annotated

import typer

JobId = Annotated[str, typer.Argument(metavar="JOB", help="Id of the job.", show_default=False)]
DatasetName = Annotated[
    str, typer.Argument(metavar="NAME", help="NAME, NAME:VERSION or id.", show_default=False)
]
ModelName = Annotated[
    str, typer.Argument(metavar="NAME", help="Id of the finished job, or an alias.", show_default=False)
]
AliasName = Annotated[str, typer.Argument(metavar="ALIAS", help="a-z, 0-9, . _ and -", show_default=False)]
Spec = Annotated[
    str, typer.Argument(metavar="SPEC", help="JSON file of the spec; - reads stdin.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
JsonLines = Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")]
After = Annotated[int, typer.Option(help="Start after this step.", min=0)]
Limit = Annotated[int, typer.Option(help="How many at most.", min=1)]
Cursor = Annotated[str | None, typer.Option(metavar="CURSOR", help="Where the last page ended.")]
