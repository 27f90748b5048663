"""Commands that move a job: cancel, pause, resume, delete."""

from typing import Annotated

import typer

from client.commands import completion
from client.commands.context import Context, client
from client.commands.options import JobId, JobIds, Json, JsonLines
from client.commands.removal import refuse, remove

app = typer.Typer()
UNDER_WAY = completion.jobs("running", "queued", "paused")


@app.command()
def cancel(
    ctx: Context,
    jobs: Annotated[
        list[str] | None,
        typer.Argument(metavar="JOB...", help="Ids of jobs.", show_default=False, autocompletion=UNDER_WAY),
    ] = None,
    all_queued: Annotated[bool, typer.Option("--all-queued", help="Every job that waits.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before --all-queued.")] = False,
    as_json: JsonLines = False,
) -> None:
    """Stop jobs; their last checkpoints are kept. Exit code 2 when one that was named cannot be stopped."""
    from client.terminal import cancellation

    if bool(jobs) == all_queued:
        raise typer.BadParameter("name the jobs, or say --all-queued")
    with client(ctx) as server:
        ids = jobs or list(cancellation.queued(server))
        if ids and all_queued and not yes:
            cancellation.confirm(len(ids))
        refused = cancellation.report(server, ids, as_json)
    if jobs:  # one that was only queued has ended meanwhile, and is not queued any more
        refuse(refused, as_json)


@app.command()
def pause(ctx: Context, job: JobId, as_json: Json = False) -> None:
    """Stop a job for now: it saves a checkpoint, and gives its worker back."""
    with client(ctx) as server:
        record = server.pause(job)
    print(record.text() if as_json else record.state)


@app.command()
def resume(ctx: Context, job: JobId, as_json: Json = False) -> None:
    """Let a paused job go on, from its old place in the queue."""
    with client(ctx) as server:
        record = server.resume(job)
    print(record.text() if as_json else record.state)


@app.command()
def delete(ctx: Context, jobs: JobIds, as_json: Json = False) -> None:
    """Remove finished jobs and all that they kept. Exit code 2 when one cannot be removed."""
    with client(ctx) as server:
        remove(jobs, server.delete, as_json)
