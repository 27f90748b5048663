"""Commands of what a job's training says and leaves."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from client.commands.context import Context, client, say, show
from client.commands.options import After, JobId, Json, JsonLines

app = typer.Typer()


@app.command()
def metrics(
    ctx: Context,
    job: JobId,
    after: After = 0,
    until: Annotated[int | None, typer.Option(help="End with this step.", min=1)] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: JsonLines = False,
    plot: Annotated[Path | None, typer.Option(metavar="PNG", help="Draw the curves into this file.")] = None,
) -> None:
    """Every batch so far."""
    from client.curve import Curve
    from client.terminal.paper import paper
    from client.terminal.tables import training as tables

    with client(ctx) as server:
        if as_csv:
            for page in server.metrics_csv(job, after, until=until):
                sys.stdout.write(page)
            return
        points = list(server.points(job, after, follow=False, until=until))
        if plot:
            Curve(points, server.evaluations(job), server.job(job).name or job).save(plot)
            say(str(plot), as_json, file=str(plot))
        elif as_json:
            print(*(point.text(indent=None) for point in points), sep="\n", end="\n" if points else "")
        else:
            paper().print(tables.points(points))


@app.command()
def evaluate(ctx: Context, job: JobId, as_json: Json = False) -> None:
    """The newest test: loss, accuracy, and each class."""
    from client.terminal.tables import training as tables

    with client(ctx) as server:
        result = server.evaluation(job)
    show(result, as_json, lambda out: tables.evaluation(out, result))


@app.command()
def evaluations(ctx: Context, job: JobId, as_json: Json = False) -> None:
    """Every test so far: loss and accuracy."""
    from client.records.record import Page
    from client.records.score import Score
    from client.terminal.tables import training as tables

    with client(ctx) as server:
        page = Page[Score](data=server.evaluations(job))
    show(page, as_json, lambda out: out.print(tables.evaluations(page.data)))


@app.command()
def checkpoints(ctx: Context, job: JobId, as_json: Json = False) -> None:
    """What a run could go on from: submit --resume-from JOB:STEP."""
    from client.records.checkpoint import Checkpoint
    from client.records.record import Page
    from client.terminal.tables import training as tables

    with client(ctx) as server:
        page = Page[Checkpoint](data=server.checkpoints(job))
    show(page, as_json, lambda out: out.print(tables.checkpoints(page.data)))


@app.command()
def pictures(
    ctx: Context,
    job: JobId,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write them there, as PNG.", file_okay=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Test images that a job kept: its hardest mistakes, then some of each class."""
    from client.pictures import write_kept
    from client.terminal.tables import training as tables

    with client(ctx) as server:
        found = server.pictures(job)
        written = write_kept(server, job, found.data, out) if out else []
    show(found, as_json, lambda screen: screen.print(tables.pictures(found.data, written)))


@app.command()
def suspects(ctx: Context, job: JobId, as_json: Json = False) -> None:
    """Training images whose labels are likely wrong, the worst first."""
    from client.terminal.tables import training as tables

    with client(ctx) as server:
        found = server.suspects(job)
    show(found, as_json, lambda out: tables.suspects(out, found))


@app.command()
def logs(
    ctx: Context,
    job: JobId,
    lines: Annotated[int, typer.Option(help="How many of the last ones.", min=1)] = 200,
    as_json: Json = False,
) -> None:
    """What a job's trainer wrote."""
    with client(ctx) as server:
        text = server.logs(job, lines)
    say(text, as_json, job_id=job, lines=text.splitlines())


@app.command()
def report(
    ctx: Context,
    job: JobId,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Unset: JOB.html.", dir_okay=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """All about a job as one HTML page, to be sent to somebody."""
    from client.whole import write

    with client(ctx) as server:
        path = write(out or Path(f"{job}.html"), [server.report(job)])
    say(str(path), as_json, job_id=job, file=str(path))
