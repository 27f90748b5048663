"""How long something takes."""

import time
from collections.abc import Callable


def milliseconds(action: Callable[[], object], n: int) -> list[float]:
    """Of `n` calls, one after another, after one that does not count."""
    action()
    samples = []
    for _ in range(n):
        started = time.perf_counter()
        action()
        samples.append((time.perf_counter() - started) * 1000)
    return samples
