"""What can go wrong, as one tree.

TrainshedError
├── Unreachable      no answer: nothing listens there, or the connection broke and stayed broken
├── Misunderstood    an answer, but not this service's: a proxy, another program on that port
├── Unprepared       a data set or a prediction that is not going to be: it failed or was cancelled
└── Problem          the service said no (application/problem+json)
    ├── Invalid      400, 413, 415, 422: the request cannot be right; `errors` points at each field
    ├── Denied       401, 403: the API key is missing or wrong
    ├── NotFound     404
    ├── Conflict     409: not in the present state of a job or data set
    └── Failing      5xx: the service's own trouble

`passing` is true where the same request may well succeed a moment later.
"""

import json
from dataclasses import dataclass
from typing import Any


class TrainshedError(Exception):
    """Base of everything this package raises on purpose; `str()` is fit to be shown to a person."""

    passing = False


class Unreachable(TrainshedError):
    """No answer came: nothing listens there, or the connection broke and stayed broken."""

    passing = True


class Misunderstood(TrainshedError):
    """Something answered, but not as this service does."""


class Unprepared(TrainshedError):
    """Work on many pictures that does not succeed; `hint` says what to do, where that is known."""

    def __init__(self, name: str, state: str, message: str = "", hint: str | None = None) -> None:
        self.name, self.state, self.message, self.hint = name, state, message, hint
        super().__init__(name, state)

    def __str__(self) -> str:
        reason = f": {self.message}" if self.message else ""
        hint = f"\nHint: {self.hint}" if self.hint else ""
        return f"{self.name} {'was ' * (self.state == 'cancelled')}{self.state}{reason}{hint}"


@dataclass(frozen=True)
class Fault:
    """One wrong field: `pointer` is a JSON pointer into the request body ("" is the whole of it)."""

    pointer: str
    message: str
    code: str = ""
    suggestion: str | None = None

    def __str__(self) -> str:
        where = f"{self.pointer}: " if self.pointer else ""
        hint = f" (did you mean {self.suggestion}?)" if self.suggestion else ""
        return f"{where}{self.message}{hint}"


class Problem(TrainshedError):
    """The service said no. `body` is the whole problem document, extensions such as `state` included."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.body = body
        self.title = str(body.get("title") or f"HTTP {status}")
        self.detail = str(body.get("detail") or "")
        self.errors = tuple(_fault(item) for item in body.get("errors") or () if isinstance(item, dict))
        self.passing = status in {429, 502, 503, 504}
        super().__init__(status, self.title)

    def __str__(self) -> str:
        told = all(
            fault.message in self.detail for fault in self.errors
        )  # the detail repeats the list: drop it
        head = f"{self.title}:" if self.errors and told else self.detail or self.title
        return "\n".join([head, *(f"  {fault}" for fault in self.errors)])


class Invalid(Problem):
    """The request cannot be right as it stands; `errors` points at each wrong field."""


class Denied(Problem):
    """The API key is missing or wrong."""


class NotFound(Problem):
    """There is no such job, model, data set or upload."""


class Conflict(Problem):
    """The present state of the job or data set does not allow it."""


class Failing(Problem):
    """The service's own trouble, not the request's."""


KINDS: dict[int, type[Problem]] = {
    **dict.fromkeys((400, 413, 415, 422), Invalid),
    **dict.fromkeys((401, 403), Denied),
    404: NotFound,
    409: Conflict,
}


def problem(status: int, content: bytes) -> Problem:
    """The error for an answer of 400 or more; a body that is no problem document is left out."""
    try:
        body = json.loads(content)
    except ValueError:
        body = {}
    kind = Failing if status >= 500 else KINDS.get(status, Problem)
    return kind(status, body if isinstance(body, dict) else {})


def _fault(item: dict[str, Any]) -> Fault:
    suggestion = item.get("suggestion")
    return Fault(
        pointer=str(item.get("pointer") or ""),
        message=str(item.get("message") or item.get("code") or "invalid"),
        code=str(item.get("code") or ""),
        suggestion=None if suggestion is None else str(suggestion),
    )
