"""Watching a job from the command line."""

from rich.console import Console

from client.client import Client
from client.records.job import Job
from client.terminal.bar import Bar
from client.terminal.lines import Lines, Rows
from client.terminal.paper import paper
from client.terminal.screen import Screen
from client.terminal.stopped import Stopped, command


def follow(server: Client, job: Job, after: int = 0, as_json: bool = False) -> str:
    """Shows the job's events to the end and returns its last state. Interrupted, it says how to go on."""
    screen = opened(paper(), job, after, as_json)
    try:
        with screen:
            for event in server.stream(job.id, after):
                screen.show(event)
    except KeyboardInterrupt as error:
        again = command(server, "watch", job.id, "--after", str(screen.step))
        raise Stopped(f"Stopped watching; the job goes on. To watch again: {again}") from error
    return screen.state


def opened(console: Console, job: Job, after: int = 0, as_json: bool = False) -> Screen:
    """The screen that fits; use it in a `with`, which leaves the last state standing."""
    kind = Bar if console.is_terminal and not console.is_dumb_terminal else Lines
    return (Rows if as_json else kind)(console, job, after)
