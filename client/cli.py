"""The `trainshed` command."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from client.commands import datasets as dataset_commands
from client.commands import exits, moves
from client.commands import models as model_commands
from client.commands import predict as predicting
from client.commands import predictions as bulk_commands
from client.commands.context import Context, client, show_or_json
from client.commands.options import After, Cursor, JobId, Json, JsonLines, Limit, Spec
from client.commands.spec import read, resumed

app = typer.Typer(
    cls=exits.Commands,
    help="Train VGG networks on a Trainshed server, watch every batch, and predict with what they learned.",
    epilog=exits.EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def connect(
    ctx: Context,
    url: Annotated[
        str | None,
        typer.Option(envvar="TRAINSHED_URL", help="The server.", show_default="this machine, port 8000"),
    ] = None,
    key: Annotated[
        str | None, typer.Option(envvar="TRAINSHED_API_KEY", help="API key, if it wants one.")
    ] = None,
) -> None:
    ctx.obj = {"url": url, "key": key}


@app.command()
def submit(
    ctx: Context,
    spec: Spec,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Stay and watch until the job ends.")] = False,
    name: Annotated[str | None, typer.Option(help="Name the job.")] = None,
    once: Annotated[str | None, typer.Option(metavar="KEY", help="Submit at most once for this key.")] = None,
    resume_from: Annotated[
        str | None,
        typer.Option(
            metavar="JOB[:CHECKPOINT]", help="Go on from a checkpoint of that job: last, best, or a step."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Queue a job and print its id."""
    from client.terminal.watch import command, follow

    body = read(spec) if resume_from is None else resumed(read(spec), resume_from)
    if name is not None:
        body["name"] = name
    with client(ctx) as server:
        job = server.submit(body, idempotency_key=once)
        if watch:
            print(job.id, file=sys.stderr)
            raise typer.Exit(exits.of_state(follow(server, job, as_json=as_json)))
        if as_json:
            print(job.text())
        else:
            print(job.id)
            print(f"{job.state}; to follow it: {command(server, 'watch', job.id)}", file=sys.stderr)


@app.command()
def watch(ctx: Context, job: JobId, after: After = 0, as_json: Json = False) -> None:
    """Follow a job to its end; a restart of the server or of this command loses nothing."""
    from client.terminal.watch import follow

    with client(ctx) as server:
        raise typer.Exit(exits.of_state(follow(server, server.job(job), after, as_json)))


@app.command(name="list")
def list_jobs(
    ctx: Context,
    state: Annotated[str | None, typer.Option(help="Only jobs in this state.")] = None,
    label: Annotated[str | None, typer.Option(metavar="KEY:VALUE", help="Only jobs with this label.")] = None,
    limit: Limit = 50,
    after: Cursor = None,
    as_json: Json = False,
) -> None:
    """Jobs, newest first."""
    from client.terminal import tables

    with client(ctx) as server:
        page = server.jobs(state, label, limit, after)
    show_or_json(page, as_json, lambda out: out.print(tables.jobs(page.data)))
    if page.has_more and not as_json:
        print(f"More: --after {page.next_after}", file=sys.stderr)


@app.command()
def queue(ctx: Context, limit: Limit = 50, after: Cursor = None, as_json: Json = False) -> None:
    """Jobs that run, and those that wait in the order in which they will."""
    from client.terminal import tables

    with client(ctx) as server:
        page = server.queue(limit, after)
    show_or_json(page, as_json, lambda out: tables.queue(out, page))
    if page.has_more and not as_json:
        print(f"More: --after {page.next_after}", file=sys.stderr)


@app.command()
def show(ctx: Context, job: JobId, as_json: Json = False) -> None:
    """All about one job."""
    from client.terminal import tables

    with client(ctx) as server:
        record = server.job(job)
    show_or_json(record, as_json, lambda out: tables.job(out, record))


@app.command()
def metrics(
    ctx: Context,
    job: JobId,
    after: After = 0,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: JsonLines = False,
    plot: Annotated[Path | None, typer.Option(metavar="PNG", help="Draw the curves into this file.")] = None,
) -> None:
    """Every batch so far."""
    from client import curve
    from client.terminal import tables
    from client.terminal.screen import paper

    with client(ctx) as server:
        if as_csv:
            for page in server.metrics_csv(job, after):
                sys.stdout.write(page)
            return
        points = list(server.points(job, after, follow=False))
        if plot:
            print(curve.draw(points, server.evaluations(job), plot, title=server.job(job).name or job))
        elif as_json:
            print(*(point.text(indent=None) for point in points), sep="\n", end="\n" if points else "")
        else:
            paper().print(tables.points(points))


for move in (moves.cancel, moves.pause, moves.resume, moves.delete):
    app.command()(move)
app.add_typer(dataset_commands.app, name="dataset")
app.command()(bulk_commands.predict_all)
app.add_typer(bulk_commands.app, name="prediction")
app.add_typer(model_commands.app, name="model")


@app.command()
def checkpoints(ctx: Context, job: JobId, as_json: Json = False) -> None:
    """What a run could go on from: submit --resume-from JOB:STEP."""
    from client.records import Checkpoint, Page
    from client.terminal import tables

    with client(ctx) as server:
        kept = server.checkpoints(job)
    page: Page[Checkpoint] = Page(data=kept, has_more=False)
    show_or_json(page, as_json, lambda out: out.print(tables.checkpoints(kept)))


@app.command()
def validate(ctx: Context, spec: Spec, as_json: Json = False) -> None:
    """Check a spec and show its layers and cost; nothing is queued."""
    from client.terminal import tables

    with client(ctx) as server:
        plan = server.validate(read(spec))
    show_or_json(plan, as_json, lambda out: tables.plan(out, plan))


@app.command()
def evaluate(ctx: Context, job: JobId, as_json: Json = False) -> None:
    """The newest test: loss, accuracy, and each class."""
    from client.terminal import tables

    with client(ctx) as server:
        result = server.evaluation(job)
    show_or_json(result, as_json, lambda out: tables.evaluation(out, result))


app.command()(predicting.predict)


@app.command()
def models(ctx: Context, as_json: Json = False) -> None:
    """Finished jobs that can predict."""
    from client.terminal import model_tables as tables

    with client(ctx) as server:
        page = server.models()
    show_or_json(page, as_json, lambda out: out.print(tables.models(page.data)))


@app.command()
def logs(
    ctx: Context,
    job: JobId,
    lines: Annotated[int, typer.Option(help="How many of the last ones.", min=1)] = 200,
) -> None:
    """What a job's trainer wrote."""
    with client(ctx) as server:
        sys.stdout.write(server.logs(job, lines))


def main() -> None:
    app()
