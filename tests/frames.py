"""Frames read from a stream, by tests that play one end of the predictor's socket."""

import asyncio
from typing import TypeVar

from predictor.wire import Steps

T = TypeVar("T")


async def take(reader: asyncio.StreamReader, steps: Steps[T]) -> T:
    """What `steps` make of a stream. IncompleteReadError, WireError."""
    try:
        needed = next(steps)
        while True:
            needed = steps.send(await reader.readexactly(needed))
    except StopIteration as done:
        found: T = done.value
        return found
