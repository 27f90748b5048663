"""One thread that owns torch, and runs the images of several callers in one forward pass.

torch keeps a team of OpenMP threads for each thread that computes, and teams disturb each other (6.5 ms
become 10.4): networks are loaded, warmed and run in this thread alone.

The callers of one pass often come again together. So the thread waits for as many images as it found at
the last pass, or as are known to be on their way, but 2 ms at most; a caller who is alone never waits.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Thread
from time import perf_counter
from typing import Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

T = TypeVar("T")


class Network(Protocol):
    def look(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """(N, channels, S, S) to probabilities (N, classes) and how unfamiliar each image is (N,), on the CPU."""


@dataclass(frozen=True, slots=True)
class Row:
    probabilities: NDArray[np.float32]  # (classes,)
    unfamiliar: float  # NaN where the model cannot tell
    forward_ms: float  # of the pass the image took part in


@dataclass(eq=False, slots=True)
class _Image:
    pixels: Tensor  # (channels, S, S)
    row: "asyncio.Future[Row]"


class Batcher:
    """For one event loop. `on_their_way` says how many images callers have in hand, waiting ones included."""

    def __init__(self, on_their_way: Callable[[], int], most: int = 32, patience: float = 0.002) -> None:
        self._on_their_way, self.most, self.patience = on_their_way, most, patience
        self._work: deque[Callable[[], None]] = deque()
        self._images: dict[Network, deque[_Image]] = {}  # no empty ones; whose turn it is comes first
        self._last = (0, 0)  # the last pass: id of its network, and how many images waited for it
        self._changed = Condition()
        self._stopped = False
        self._thread = Thread(target=self._run, name="torch", daemon=True)

    def start(self) -> None:
        self._loop, self._threads = asyncio.get_running_loop(), torch.get_num_threads()
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Ends the thread after the pass in hand, or leaves it behind after `timeout` seconds."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join(timeout)

    def call(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """`work()` in the thread, before any image that waits."""
        result: asyncio.Future[T] = self._loop.create_future()
        with self._changed:
            self._work.append(lambda: self._finish([result], lambda: [work()]))
            self._changed.notify()
        return result

    def submit(self, network: Network, pixels: Tensor) -> "asyncio.Future[Row]":
        """An image (channels, S, S), from any thread. A future that is cancelled in time takes it out again."""
        image = _Image(pixels, self._loop.create_future())
        with self._changed:
            self._images.setdefault(network, deque()).append(image)
            self._changed.notify()
        return image.row

    def _run(self) -> None:
        torch.get_num_threads()  # the first look takes over what another thread may have set for itself
        torch.set_num_threads(self._threads)
        while job := self._next():
            job()
            del job  # and with it the network, which may have been dropped from the cache

    def _next(self) -> Callable[[], None] | None:
        """What to do now; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._work or self._images)
            if self._stopped:
                return None
            if self._work:
                return self._work.popleft()
            network = next(iter(self._images))
            self._gather(network)
            batch = self._take(network)
        return lambda: self._pass(network, batch)

    def _gather(self, network: Network) -> None:
        last, count = self._last
        expected = min(self.most, max(count if last == id(network) else 0, self._on_their_way()))
        waiting = self._images[network]
        self._changed.wait_for(lambda: self._stopped or len(waiting) >= expected, self.patience)

    def _take(self, network: Network) -> list[_Image]:
        waiting = self._images.pop(network)
        self._last = id(network), len(waiting)
        batch = [waiting.popleft() for _ in range(min(self.most, len(waiting)))]
        if waiting:
            self._images[network] = waiting  # behind the others
        return [image for image in batch if not image.row.cancelled()]

    def _pass(self, network: Network, batch: list[_Image]) -> None:
        def rows() -> list[Row]:
            start = perf_counter()
            probabilities, unfamiliar = looked(network, [image.pixels for image in batch])
            forward_ms = (perf_counter() - start) * 1000
            told = zip(probabilities.numpy(), unfamiliar.tolist(), strict=True)
            return [Row(row, score, forward_ms) for row, score in told]

        if batch:
            self._finish([image.row for image in batch], rows)

    def _finish(self, futures: "list[asyncio.Future[T]]", work: Callable[[], list[T]]) -> None:
        """Hands over what `work` returns, one to each future, or to all what it raises."""
        results: list[T] = []
        failure: Exception | None = None
        try:
            results = work()
        except Exception as error:
            failure = error
        self._loop.call_soon_threadsafe(_settle, futures, results, failure)  # the loop wakes once for all


def looked(network: Network, images: list[Tensor]) -> tuple[Tensor, Tensor]:
    """In halves where the device has no memory for all; torch.OutOfMemoryError if there is only one."""
    try:
        return network.look(torch.stack(images))
    except torch.OutOfMemoryError:
        if len(images) == 1:
            raise
    half = len(images) // 2  # out of the handler, which keeps the failed pass's memory
    (one, strange), (other, stranger) = (looked(network, part) for part in (images[:half], images[half:]))
    return torch.cat([one, other]), torch.cat([strange, stranger])


def _settle(futures: "list[asyncio.Future[T]]", results: list[T], failure: Exception | None) -> None:
    for place, future in enumerate(futures):
        if future.done():
            continue  # its caller gave up
        if failure:
            future.set_exception(failure)
        else:
            future.set_result(results[place])
