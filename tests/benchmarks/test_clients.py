"""Clients that ask a server as fast as it answers, counted over a real socket."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks import questions
from benchmarks.served import Place


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[bytes] = []  # noqa: RUF012

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.asked.append(body)
        self.send_response(503 if b"refused" in body else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def place() -> Iterator[Place]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Place(server.server_port, "/predict")
        server.shutdown()
        thread.join()


def test_every_client_goes_on_asking_and_refusals_are_counted(place: Place, tmp_path: Path) -> None:
    (tmp_path / "0.jpg").write_bytes(b"taken")
    (tmp_path / "1.jpg").write_bytes(b"refused")
    answers = questions.ask(place, tmp_path, clients=3, seconds=0.5)
    assert len(answers.milliseconds) >= 6
    assert 0 < answers.refused < len(answers.milliseconds)
    assert all(b'name="image"' in body for body in Server.asked)
