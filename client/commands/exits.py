"""How the command line ends: every error to its exit code, in one place."""

from client.errors import Failing, Misunderstood, TrainshedError, Unprepared, Unreachable

OK, UNSUCCESSFUL, INVALID, UNAVAILABLE, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141

MEANINGS = {
    OK: "done",
    UNSUCCESSFUL: "the job, data set or prediction failed or was cancelled",
    INVALID: "wrong usage, or the request was refused (4xx)",
    UNAVAILABLE: "the server cannot be reached, or is in trouble (5xx)",
    INTERRUPTED: "interrupted",
    PIPE_CLOSED: "whoever read the output has gone",
}

EPILOG = "\n".join(["Exit codes:", *(f"  {number}  {meaning}" for number, meaning in MEANINGS.items())])


def code(error: TrainshedError) -> int:
    if isinstance(error, Unprepared):
        return UNSUCCESSFUL
    return UNAVAILABLE if isinstance(error, Unreachable | Misunderstood | Failing) else INVALID


def of_state(state: str) -> int:
    """0 for a job that succeeded, 1 for any other end."""
    return OK if state == "succeeded" else UNSUCCESSFUL
