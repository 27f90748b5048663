"""Cancelling many jobs from the command line."""

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import typer
from rich.progress import track

from client.client import Client
from client.errors import Conflict, Misunderstood, NotFound, Problem, TrainshedError
from client.records import Job
from client.terminal.paper import margin

Outcomes = Generator[Job | Problem, None, None]

CONNECTIONS = 4  # enough to keep the server busy
PAGE = 200  # jobs


def queued(server: Client) -> Iterator[str]:
    """Every queued job, the newest first, so that what runs next is cancelled last.

    Raises Misunderstood where a page shows none that was not seen before, and yet is not the last.
    """
    after: str | None = None
    seen = set[str]()
    while True:
        page = server.jobs("queued", limit=PAGE, after=after)
        new = [job.id for job in page.data if job.id not in seen]
        yield from new
        if not page.has_more:
            return
        if not new:
            raise Misunderstood(f"{server.url} says that more jobs are queued, and does not show them")
        seen.update(new)
        after = page.next_after


def confirm(count: int) -> None:
    """Asks on stderr. Raises TrainshedError unless the answer is yes."""
    try:
        typer.confirm(f"Cancel {count:,} queued jobs?", abort=True, err=True)
    except typer.Abort as error:
        raise TrainshedError("nothing was cancelled; with --yes nobody is asked") from error


def cancel(server: Client, ids: Sequence[str]) -> Outcomes:
    """Each job as it is then, or why it cannot be cancelled, in the order of `ids`; over a few open connections.

    What is left undone when the caller stops, or when the server fails, is not begun.
    """
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        yield from pool.map(lambda job_id: _cancelled(server, job_id), ids)


def report(server: Client, ids: Sequence[str], as_json: bool) -> list[Problem]:
    """Cancels behind a bar on stderr, says how many jobs are in which state then, and returns what was refused."""
    states, refused = Counter[str](), list[Problem]()
    try:
        with closing(cancel(server, ids)) as outcomes:
            for outcome in _with_bar(outcomes, len(ids)):
                if isinstance(outcome, Problem):
                    refused.append(outcome)
                    continue
                states[outcome.state] += 1
                if as_json:
                    print(outcome.text(indent=None))
    finally:
        if not as_json and (states or not ids):
            print(", ".join(f"{count:,} {state}" for state, count in states.items()) or "no job is queued")
    return refused


def _with_bar(outcomes: Outcomes, total: int) -> Iterable[Job | Problem]:
    """Only for people: there is no bar where stderr is no terminal, nor for a single job."""
    console = margin()
    if not console.is_terminal or total == 1:
        return outcomes
    return track(outcomes, "Cancelling", total, console=console, transient=True)


def _cancelled(server: Client, job_id: str) -> Job | Problem:
    try:
        return server.cancel(job_id)
    except (Conflict, NotFound) as error:
        return error
