"""How long something takes."""

import time
from collections.abc import Callable


def milliseconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


def repeated(action: Callable[[], object], n: int) -> list[float]:
    """Milliseconds of `n` calls, one after another, after one that does not count."""
    action()
    return [milliseconds(action) for _ in range(n)]
