"""Reading a spec: the body of POST /jobs."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from client.errors import TrainshedError

if TYPE_CHECKING:
    from client.client import Client


def read(source: str) -> dict[str, Any]:
    """The JSON object in the file `source`, or on stdin for "-". Raises TrainshedError."""
    try:
        body = json.loads(sys.stdin.read() if source == "-" else Path(source).read_text("utf-8"))
    except OSError as error:
        raise TrainshedError(f"{source}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise TrainshedError(f"{source} is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise TrainshedError(f"{source} holds no JSON object")
    return body


def find(server: "Client", source: str) -> dict[str, Any]:
    """As `read`; a bare word that is no file is a recipe of the server. Raises TrainshedError."""
    if source == "-" or Path(source).exists() or not source.replace("-", "").replace("_", "").isalnum():
        return read(source)
    return recipe(server, source)


def recipe(server: "Client", name: str) -> dict[str, Any]:
    """Raises TrainshedError, which names those that there are."""
    recipes = server.presets().recipes
    if name not in recipes:
        raise TrainshedError(f"{name} is neither a file nor a recipe; recipes: {', '.join(recipes)}")
    return recipes[name]


def resumed(body: dict[str, Any], source: str) -> dict[str, Any]:
    """The body of a job that goes on from `JOB`, `JOB:best`, `JOB:last` or `JOB:<step>`."""
    job, _, checkpoint = source.partition(":")
    which = int(checkpoint) if checkpoint.isdecimal() else checkpoint or "last"
    return {**body, "resume_from": {"job": job, "checkpoint": which}}
