"""Decoder processes, one a core: samples in, what they hold out, in the same order."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Self

from ingest.decoder import LENGTH, SHAPE, Task, as_argument
from ingest.sample import Sample
from ingest.source import Fault
from model.data.images import Facts

GROUP_BYTES, GROUP = 2**20, 64  # of samples, and samples, that a decoder is given at once
NOT_STARTED = "not_started"
START_SECONDS = 60.0  # that a decoder may take to start
TRIES = 2  # that a picture has which ends its decoder, and a decoder to start: it may have been ended from outside


@dataclass(frozen=True, slots=True)
class Decoded:
    sample: Sample
    facts: Facts
    sha256: str  # of the content, and of the shape where it is pixels
    gray: bool = False  # as it was kept
    fingerprint: tuple[int, int] = (0, 0)
    pixels: bytes = b""  # (height, width, channels), of the size that was asked for, or upright as it came
    thumbnail: bytes = b""


Result = Decoded | Fault


class DecoderDied(Exception):
    """`code` is that of the fault of the picture that it had in hand."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Child:
    """One decoder, from outside."""

    def __init__(self, task: Task) -> None:
        self._task, self._greeted = task, False
        ours, theirs = socket.socketpair()
        with theirs:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                [sys.executable, "-m", "ingest.decoder", as_argument(task)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # threads take address space
                start_new_session=True,  # Ctrl-C is for the parent
            )
        self._link = Connection(ours.detach())

    @property
    def pid(self) -> int:
        return self._process.pid

    def results(self, samples: Sequence[Sample]) -> Iterator[Result]:
        """Of each sample as it is done. DecoderDied; it is of no more use then."""
        try:
            self._greet()
            self._link.send_bytes(b"%d" % len(samples))
            for sample in samples:
                self._send(sample)
            for sample in samples:
                yield self._result(sample)
        except (EOFError, ConnectionError) as error:
            raise self._death() from error

    def close(self) -> None:
        self._process.kill()
        self._process.wait()

    def _greet(self) -> None:
        if self._greeted:
            return
        with suppress(EOFError, ConnectionError):
            if self._link.poll(START_SECONDS):
                self._link.recv_bytes()
                self._greeted = True
        if not self._greeted:
            raise DecoderDied(NOT_STARTED, "a decoder does not start")

    def _send(self, sample: Sample) -> None:
        if isinstance(sample.content, bytes):
            self._link.send_bytes(SHAPE.pack(0, 0, 0) + sample.content)
        else:
            self._link.send_bytes(SHAPE.pack(*sample.content.shape) + sample.content.tobytes())

    def _result(self, sample: Sample) -> Result:
        if not self._link.poll(self._task.seconds):
            raise DecoderDied("took_too_long", f"not decoded within {self._task.seconds:g} s")
        answer = self._link.recv_bytes()
        start = LENGTH.size + LENGTH.unpack_from(answer)[0]
        told = json.loads(answer[LENGTH.size : start])
        if "code" in told:
            return Fault(sample.path, told["code"], told["message"])
        facts = Facts(*told.pop("facts"))
        end = start + (self._task.pixel_bytes or facts.height * facts.width * self._task.channels)
        told["fingerprint"] = tuple(told.get("fingerprint", (0, 0)))
        return Decoded(sample, facts, pixels=answer[start:end], thumbnail=answer[end:], **told)

    def _death(self) -> DecoderDied:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)  # its socket has closed: it is ending
        self.close()
        code = self._process.returncode
        reason = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        return DecoderDied("crashed", f"its decoder ended: {reason}")


class Pool:
    """`with Pool(task) as pool: for result in pool.results(samples)`. Leaving it ends the decoders."""

    def __init__(self, task: Task, processes: int | None = None) -> None:
        self.task, self._closed = task, False
        self._children = [Child(task) for _ in range(processes or cores())]
        self._idle: queue.SimpleQueue[Child] = queue.SimpleQueue()
        for child in self._children:
            self._idle.put(child)
        self._threads = ThreadPoolExecutor(len(self._children))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for child in self._children:
            child.close()
        self._threads.shutdown()

    @property
    def pids(self) -> list[int]:
        return [child.pid for child in self._children]

    def results(self, samples: Iterable[Sample | Fault]) -> Iterator[Result]:
        """In the order of the samples, a fault for each that cannot be decoded; three groups a core are in flight."""
        pending: deque[Future[list[Result]]] = deque()
        for group in self._groups(samples):
            pending.append(self._threads.submit(self._decode, group))
            if len(pending) > 3 * len(self._children):
                yield from pending.popleft().result()
        while pending:
            yield from pending.popleft().result()

    def _groups(self, samples: Iterable[Sample | Fault]) -> Iterator[list[Sample | Fault]]:
        group: list[Sample | Fault] = []
        size = 0
        for sample in samples:
            group.append(sample)
            size += _bytes(sample)
            most = GROUP if self.task.is_bounded else 1
            if size + len(group) * self.task.pixel_bytes >= GROUP_BYTES or len(group) == most:
                yield group
                group, size = [], 0
        yield group

    def _decode(self, group: list[Sample | Fault]) -> list[Result]:
        samples = [each for each in group if isinstance(each, Sample)]
        results: list[Result] = []
        tries = 0
        while len(results) < len(samples):
            child = self._idle.get()
            before = len(results)
            try:
                results.extend(child.results(samples[before:]))
            except DecoderDied as death:
                tries = 1 if len(results) > before else tries + 1
                if tries == TRIES and death.code == NOT_STARTED:
                    raise
                if tries == TRIES or death.code == "took_too_long":
                    results.append(Fault(samples[len(results)].path, death.code, str(death)))
                    tries = 0
                child = self._replaced(child)
            finally:
                self._idle.put(child)  # a dead one as well: no thread waits for ever
        done = iter(results)
        return [next(done) if isinstance(each, Sample) else each for each in group]

    def _replaced(self, child: Child) -> Child:
        child.close()
        if self._closed:
            raise RuntimeError("the decoders have ended")
        fresh = Child(self.task)
        self._children[self._children.index(child)] = fresh
        if self._closed:
            fresh.close()
        return fresh


def _bytes(sample: Sample | Fault) -> int:
    if isinstance(sample, Fault):
        return 0
    return len(sample.content) if isinstance(sample.content, bytes) else sample.content.nbytes


def cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
