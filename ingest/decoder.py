"""Decodes a stranger's pictures in a process of its own: what a picture does to it costs that picture alone.

`python -m ingest.decoder TASK`; standard input is a socket to the parent. It greets with an empty message. A request is
the number of samples, then a message for each: SHAPE and the content. An answer to a sample is one message: LENGTH, so
many bytes of JSON, and then, unless it is refused or merely looked at, its pixels and, of a square one, its thumbnail.
"""

import hashlib
import json
import os
import resource
import signal
import struct
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.doctor.fingerprint import fingerprint, thumbnail
from model.data.images import Facts, Fit, How, ImageError, examine, fit_pixels, look
from model.priority import give_way

SHAPE = struct.Struct("<3I")  # of pixels; zeros before an encoded picture
LENGTH = struct.Struct("<I")
NICE = 10  # others on the machine come first
PATIENCE = 2  # times its limit for a picture, after which a decoder whose parent is gone ends


@dataclass(frozen=True, slots=True)
class Task:
    max_pixels: int
    channels: int = 0  # 0: only look at the head of each picture
    image_size: int = 0  # 0: as many pixels as it has
    fit: How = "stretch"
    seconds: float = 10.0  # that one picture may take
    memory: int = 2 * 2**30  # bytes of address space, above what the process has at its start

    @property
    def pixel_bytes(self) -> int:
        """Of the pixels of one picture; 0 where each has its own."""
        return self.image_size**2 * self.channels

    @property
    def is_bounded(self) -> bool:
        """Whether answers are small, however large the pictures."""
        return self.image_size > 0 or not self.channels

    def answer(self, content: memoryview, shape: tuple[int, ...]) -> tuple[dict[str, Any], bytes]:
        """What becomes JSON: facts, or `code` and `message`. Then pixels (height, width, channels) and thumbnail."""
        try:
            facts, pixels = self._decoded(content, shape)
        except ImageError as error:
            return {"code": error.code if content else "empty", "message": str(error)}, b""
        digest = hashlib.sha256(SHAPE.pack(*shape))
        digest.update(content)
        told: dict[str, Any] = {"facts": facts, "sha256": digest.hexdigest()}
        if pixels is None:
            return told, b""
        if not self.image_size:
            return told, pixels.transpose(1, 2, 0).tobytes()
        small = thumbnail(pixels)
        told["gray"] = self.channels == 1 or bool((pixels == pixels[:1]).all())
        told["fingerprint"] = fingerprint(small)
        return told, pixels.transpose(1, 2, 0).tobytes() + small.tobytes()

    def _decoded(self, content: memoryview, shape: tuple[int, ...]) -> tuple[Facts, NDArray[np.uint8] | None]:
        square = Fit(self.image_size, self.fit) if self.image_size else None
        if shape[0]:
            array = np.frombuffer(content, np.uint8).reshape(shape)
            facts = Facts("", "RGB" if shape[2] == 3 else "L", shape[1], shape[0], 1, False, False)
            return facts, fit_pixels(array, self.channels, square) if self.channels else None
        if not content:
            raise ImageError("the file is empty")
        if not self.channels:
            return look(bytes(content), self.max_pixels), None
        return examine(bytes(content), self.channels, self.max_pixels, square)


def main() -> None:
    task = Task(**json.loads(sys.argv[1]))
    _confine(task.memory)
    link = Connection(os.dup(0))
    with suppress(EOFError, ConnectionError):
        link.send_bytes(b"")
        while True:
            for request in [link.recv_bytes() for _ in range(int(link.recv_bytes()))]:
                signal.setitimer(signal.ITIMER_REAL, PATIENCE * task.seconds)
                told, pixels = task.answer(memoryview(request)[SHAPE.size :], SHAPE.unpack_from(request))
                signal.setitimer(signal.ITIMER_REAL, 0)
                text = json.dumps(told).encode()
                link.send_bytes(LENGTH.pack(len(text)) + text + pixels)


def _confine(memory: int) -> None:
    """Lowered priority and, where the system can, bounded memory."""
    give_way(NICE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, ValueError):  # /proc is Linux's alone
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def as_argument(task: Task) -> str:
    return json.dumps(asdict(task))


if __name__ == "__main__":
    main()
