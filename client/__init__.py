"""The typed client of a Trainshed server: `from client import Client`.

Names are loaded on first use, so that the command line's `--help` does not wait for an HTTP library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from client.client import Client
    from client.errors import (
        Conflict,
        Denied,
        Failing,
        Fault,
        Invalid,
        Misunderstood,
        NotFound,
        Problem,
        TrainshedError,
        Unprepared,
        Unreachable,
    )

__all__ = [
    "Client",
    "Conflict",
    "Denied",
    "Failing",
    "Fault",
    "Invalid",
    "Misunderstood",
    "NotFound",
    "Problem",
    "TrainshedError",
    "Unprepared",
    "Unreachable",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("client.client" if name == "Client" else "client.errors"), name)
