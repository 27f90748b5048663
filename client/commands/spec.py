"""Reading a spec: the body of POST /jobs."""

import json
import sys
from pathlib import Path
from typing import Any

from client.errors import TrainshedError


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


def resumed(body: dict[str, Any], source: str) -> dict[str, Any]:
    """The body of a job that goes on from `JOB`, `JOB:best`, `JOB:last` or `JOB:<step>`."""
    job, _, checkpoint = source.partition(":")
    which = int(checkpoint) if checkpoint.isdecimal() else checkpoint or "last"
    return {**body, "resume_from": {"job": job, "checkpoint": which}}
