"""What is said on stderr when a command fails: words, or with --json an object a line."""

import json
import sys
from typing import Any

from client.commands import exits
from client.errors import Problem, TrainshedError, Unprepared, Unreachable
from client.terminal.plain import plain_lines

HINTS: dict[type[TrainshedError], str] = {
    Unreachable: "Is the server running? `make up` starts one here; --url or TRAINSHED_URL names another.",
}


def tell(error: TrainshedError, as_json: bool) -> None:
    """`error` in JSON is the name of its class in `client.errors`, `problem` what the server said."""
    if as_json:
        emit(type(error).__name__, str(error), exits.code(error), **_details(error))
        return
    hint = HINTS.get(type(error))
    print(plain_lines(f"Error: {error}"), *([hint] if hint else ()), sep="\n", file=sys.stderr)


def emit(error: str, message: str, exit_code: int, **details: Any) -> None:
    """The JSON object of a failure."""
    told = {"error": error, "message": message, "exit_code": exit_code, **details}
    print(json.dumps(told), file=sys.stderr)


def _details(error: TrainshedError) -> dict[str, Any]:
    match error:
        case Problem():
            return {"status": error.status, "problem": error.body}
        case Unprepared():
            return {"state": error.state, "hint": error.hint}
    return {}
