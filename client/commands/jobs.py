"""Commands of jobs: queued, watched, listed, shown."""

import json
import sys
from typing import Annotated

import typer

from client.commands import completion, exits
from client.commands.context import Context, client, remark, show
from client.commands.options import After, Cursor, JobId, Json, JsonLines, Limit, Spec
from client.commands.spec import find, resumed

app = typer.Typer()
STATES = ("queued", "running", "pausing", "paused", "cancelling", "succeeded", "failed", "cancelled")


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
            metavar="JOB[:CHECKPOINT]",
            help="Go on from a checkpoint of that job: last, best, or a step.",
            autocompletion=completion.jobs(),
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Queue a job and print its id."""
    with client(ctx) as server:
        body = find(server, spec)
        if resume_from is not None:
            body = resumed(body, resume_from)
        if name is not None:
            body["name"] = name
        job = server.submit(body, idempotency_key=once)
        if watch:
            from client.terminal.watch import follow

            if as_json:
                print(json.dumps({"event": "submitted", "job_id": job.id}), flush=True)
            remark(job.id, as_json)
            raise typer.Exit(exits.of_state(follow(server, job, as_json=as_json)))
    if as_json:
        print(job.text())
        return
    from client.terminal.stopped import command

    print(job.id)
    print(f"{job.state}; to follow it: {command(server, 'watch', job.id)}", file=sys.stderr)


@app.command()
def watch(ctx: Context, job: JobId, after: After = 0, as_json: JsonLines = False) -> None:
    """Follow a job to its end; a restart of the server or of this command loses nothing."""
    from client.terminal.watch import follow

    with client(ctx) as server:
        raise typer.Exit(exits.of_state(follow(server, server.job(job), after, as_json)))


@app.command(name="list")
def list_jobs(
    ctx: Context,
    state: Annotated[
        str | None,
        typer.Option(help="Only jobs in this state.", autocompletion=completion.fixed(*STATES)),
    ] = None,
    label: Annotated[str | None, typer.Option(metavar="KEY:VALUE", help="Only jobs with this label.")] = None,
    limit: Limit = 50,
    after: Cursor = None,
    as_json: Json = False,
) -> None:
    """Jobs, newest first."""
    from client.terminal.tables import jobs as tables

    with client(ctx) as server:
        page = server.jobs(state, label, limit, after)
    show(page, as_json, lambda out: out.print(tables.jobs(page.data)))


@app.command()
def queue(ctx: Context, limit: Limit = 50, after: Cursor = None, as_json: Json = False) -> None:
    """Jobs that run, and those that wait in the order in which they will."""
    from client.terminal.tables import jobs as tables

    with client(ctx) as server:
        page = server.queue(limit, after)
    show(page, as_json, lambda out: tables.queue(out, page))


@app.command(name="show")
def show_job(ctx: Context, job: JobId, as_json: Json = False) -> None:
    """All about one job."""
    from client.terminal.tables import jobs as tables

    with client(ctx) as server:
        record = server.job(job)
    show(record, as_json, lambda out: tables.job(out, record))


@app.command()
def validate(ctx: Context, spec: Spec, as_json: Json = False) -> None:
    """Check a spec and show its layers and cost; nothing is queued."""
    from client.terminal.tables import plan as tables

    with client(ctx) as server:
        plan = server.validate(find(server, spec))
    show(plan, as_json, lambda out: tables.plan(out, plan))
