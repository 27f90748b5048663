"""Watching a job from the command line."""

import shlex
import sys

from client.client import Client
from client.connection.transport import default_url
from client.records import Job
from client.terminal.screen import opened, paper


def follow(server: Client, job: Job, after: int = 0, as_json: bool = False) -> str:
    """Shows the job's events to the end and returns its last state. Interrupted, it says how to go on."""
    screen = opened(paper(), job, after, as_json)
    try:
        with screen:
            for event in server.stream(job.id, after):
                screen.show(event)
    except KeyboardInterrupt:
        again = command(server, "watch", job.id, "--after", str(screen.step))
        print(f"Stopped watching; the job goes on. To watch again: {again}", file=sys.stderr)
        raise
    return screen.state


def command(server: Client, *words: str) -> str:
    """The command line that talks to the same server."""
    url = () if server.url == default_url() else ("--url", server.url)
    return shlex.join(["trainshed", *url, *words])
