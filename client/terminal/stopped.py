"""Ctrl-C while something goes on that does not stop with it."""

import shlex
from typing import TYPE_CHECKING

from client.connection.address import default_url

if TYPE_CHECKING:  # what tells of a Stopped needs no HTTP library
    from client.client import Client


class Stopped(KeyboardInterrupt):
    """`str()` tells a person what goes on, and how to get back to it."""


def command(server: "Client", *words: str) -> str:
    """The command line that talks to the same server."""
    url = () if server.url == default_url() else ("--url", server.url)
    return shlex.join(["trainshed", *url, *words])
