"""A server on a loopback socket that says what a test tells it to, and remembers what it was asked."""

import json
import socket
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

JOB: dict[str, Any] = {
    "id": "job_1",
    "state": "running",
    "name": "small",
    "created_at": "2026-11-23T20:00:00.123Z",
    "started_at": "2026-11-23T20:00:01.000Z",
    "attempt": 1,
    "batch_size": 64,
    "spec": {"data": {"dataset": "fashion-mnist"}, "training": {"batch_size": 64}},
    "progress": {"step": 0, "steps": 10},
    "transitions": [{"from": None, "to": "queued", "at": "2026-11-23T20:00:00.123Z", "reason": "submitted"}],
}
EVALUATION = {"step": 10, "split": "test", "loss": 0.3, "accuracy": 0.912, "images": 10000}
STREAM = "GET /jobs/job_1/stream"


@dataclass
class Request:
    """What came in; `query` keeps the last value of a name."""

    line: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.0: a connection a request, so that no connection outlives the server's stop."""

    server: "Server"

    def answer(self) -> None:
        target = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        line = f"{self.command} {target.path}"
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append(Request(line, dict(parse_qsl(target.query)), headers, body))
        answers = self.server.answers[line]
        if answers:
            (answers.popleft() if len(answers) > 1 else answers[0])(self)
        else:
            self.reply(404, b'{"title": "Not Found"}', "application/problem+json")

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  # the names http.server looks for
    do_HEAD = do_PATCH = do_OPTIONS = answer  # noqa: N815

    def reply(self, status: int, content: bytes, kind: str, **headers: str) -> None:
        """`headers` with _ for -."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Silence."""


class Server(ThreadingHTTPServer):
    """`answers` are given in turn to each "METHOD /path", the last one for ever; what has none is not found."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.requests: list[Request] = []
        self.answers: dict[str, deque[Callable[[Handler], None]]] = defaultdict(deque)
        self.url = f"http://127.0.0.1:{self.server_port}"
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def says(
        self, line: str, body: object, status: int = 200, kind: str = "application/json", **headers: str
    ) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[line].append(lambda handler: handler.reply(status, content, kind, **headers))

    def refuses(self, line: str, status: int, **problem: object) -> None:
        self.says(line, {"status": status, **problem}, status, "application/problem+json")

    def sends_on(self, line: str, url: str) -> None:
        def redirect(handler: Handler) -> None:
            handler.send_response(307)
            handler.send_header("Location", url)
            handler.end_headers()

        self.answers[line].append(redirect)

    def hangs_up(self, line: str) -> None:
        """Takes the request, closes the connection without a word."""

        def hang_up(handler: Handler) -> None:
            handler.connection.shutdown(socket.SHUT_RDWR)

        self.answers[line].append(hang_up)

    def streams(self, line: str, *events: tuple[str, object], torn: str = "") -> None:
        """Sends the events, then the start of one more, then closes the connection."""
        lines = [f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events]
        content = "".join([": ping\n\n", *lines, torn]).encode()

        def stream(handler: Handler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
            handler.end_headers()
            handler.wfile.write(content)

        self.answers[line].append(stream)

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


def batch(*steps: int) -> tuple[str, object]:
    """A `metrics` event."""
    return "metrics", {"points": [point(step) for step in steps]}


def point(step: int) -> dict[str, object]:
    return {
        "step": step,
        "epoch": step / 10,
        "loss": 1 / step,
        "accuracy": 0.5,
        "learning_rate": 0.1,
        "images_per_second": 640.0,
        "time": 1e9 + step / 10,
    }
