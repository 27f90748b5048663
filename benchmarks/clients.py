"""`python -m benchmarks.clients PORT PATH FOLDER --clients 8`: clients of one server, in a process of their own.

Each has a connection and asks about one picture of the folder after another, as soon as it is answered. Written on bare
sockets: an answer costs this process some 50 microseconds, so that the cores are left to the server. Prints

{"seconds", "milliseconds": of each answer, "refused": answers whose status was not 200}
"""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import cast

import uvloop

BOUNDARY = b"trainshed-benchmark"
WARM_UP = 1.0  # seconds at the beginning; answers that come in them do not count


class Client(asyncio.Protocol):
    def __init__(self, questions: Sequence[bytes], first: int, start: float, end: float) -> None:
        self.questions, self.start, self.end = questions, start, end
        self.milliseconds: list[float] = []
        self.refused = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._numbers = count(first)
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods alone
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if found and len(body) >= _content_length(bytes(head)):
            self._answered(ok=head.startswith(b"HTTP/1.1 200"))

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server closed the connection"))

    def _ask(self) -> None:
        self._received.clear()
        self._asked = time.perf_counter()
        self._transport.write(self.questions[next(self._numbers) % len(self.questions)])

    def _answered(self, ok: bool) -> None:
        now = time.perf_counter()
        if self.start <= now <= self.end:
            self.milliseconds.append((now - self._asked) * 1000)
            self.refused += not ok
        if now < self.end:
            self._ask()
        else:
            self.done.set_result(None)
            self._transport.close()


def question(path: str, content: bytes) -> bytes:
    """A whole HTTP request: the picture as the field `image` of a form."""
    body = b"\r\n".join(
        (
            b"--" + BOUNDARY,
            b'Content-Disposition: form-data; name="image"; filename="image.jpg"',
            b"Content-Type: image/jpeg",
            b"",
            content,
            b"--" + BOUNDARY + b"--",
            b"",
        )
    )
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY.decode()}\r\n\r\n"
    )
    return head.encode() + body


async def asked(port: int, questions: Sequence[bytes], clients: int, seconds: float) -> dict[str, object]:
    loop, start = asyncio.get_running_loop(), time.perf_counter() + WARM_UP
    end = start + seconds
    made = [Client(questions, number, start, end) for number in range(clients)]
    for client in made:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*(client.done for client in made))
    milliseconds = [round(each, 3) for client in made for each in client.milliseconds]
    return {
        "seconds": seconds,
        "milliseconds": milliseconds,
        "refused": sum(client.refused for client in made),
    }


def _content_length(head: bytes) -> int:
    lines = (line.split(b":", 1) for line in head.lower().split(b"\r\n")[1:])
    return next(int(value) for name, value in lines if name == b"content-length")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clients", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("path", help="of the route, with its query")
    parser.add_argument("folder", type=Path, help="pictures")
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    questions = [question(arguments.path, path.read_bytes()) for path in sorted(arguments.folder.iterdir())]
    print(json.dumps(uvloop.run(asked(arguments.port, questions, arguments.clients, arguments.seconds))))


if __name__ == "__main__":
    main()
