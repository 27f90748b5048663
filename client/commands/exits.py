"""How the command line ends: every error to its exit code, in one place."""

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from client.errors import Failing, Misunderstood, TrainshedError, Unprepared, Unreachable

OK, UNSUCCESSFUL, INVALID, UNAVAILABLE, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141

EPILOG = """\
Exit codes:
  0  done
  1  the job, data set or prediction failed or was cancelled
  2  wrong usage, or the request was refused (4xx)
  3  the server cannot be reached, or is in trouble (5xx)
  130  interrupted
"""


class Commands(TyperGroup):
    """Turns errors into a message on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()  # a closed pipe shows here, where it can still be quiet
            return result
        except TrainshedError as error:
            print(f"Error: {error}", file=sys.stderr)
            hint = HINTS.get(type(error))
            if hint:
                print(hint, file=sys.stderr)
            raise typer.Exit(code(error)) from None
        except OSError as error:  # of stdout: a closed pipe, a full disk
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left must go somewhere
            if isinstance(error, BrokenPipeError):
                raise typer.Exit(PIPE_CLOSED) from None
            print(f"Error: {error.strerror}", file=sys.stderr)
            raise typer.Exit(INVALID) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None


HINTS: dict[type[TrainshedError], str] = {
    Unreachable: "Is the server running? `make up` starts one here; --url or TRAINSHED_URL names another.",
}


def code(error: TrainshedError) -> int:
    if isinstance(error, Unprepared):
        return UNSUCCESSFUL
    return UNAVAILABLE if isinstance(error, Unreachable | Misunderstood | Failing) else INVALID


def of_state(state: str) -> int:
    """0 for a job that succeeded, 1 for any other end."""
    return OK if state == "succeeded" else UNSUCCESSFUL
