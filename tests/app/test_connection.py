"""What comes before a request is one: heads of any size, and what is no HTTP."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import repeat

import pytest

from app.connection import HEAD_BYTES
from tests.app.conftest import Api

GET = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
CHUNKED = b"POST /jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
MANY = 64 * HEAD_BYTES  # bytes; more than what waits in sockets' buffers


def answer(api: Api, pieces: Iterator[bytes]) -> bytes:
    """To `pieces` of a request, the last of which may find the connection closed; up to the end of it."""
    address = (api.http.base_url.host, api.http.base_url.port or 0)
    received = b""
    with socket.create_connection(address, timeout=10) as connection, suppress(ConnectionError):
        with suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
        while received_now := connection.recv(2**16):
            received += received_now
    return received


def endless(start: bytes, line: bytes) -> Iterator[bytes]:
    yield start
    yield from repeat(line, MANY // len(line))


@pytest.mark.parametrize(
    ("start", "line"),
    [
        (GET + b"X: ", b"x" * 1000),
        (GET, b"X: x\r\n" * 100),
        (b"GET /", b"x" * 1000),
        (CHUNKED, b"X: x\r\n" * 100),
    ],
    ids=["header", "headers", "address", "trailer"],
)
def test_a_head_without_end_ends_its_connection_and_no_other(api: Api, start: bytes, line: bytes) -> None:
    received = answer(api, endless(start, line))
    assert received == b"" or b" 400 Bad Request\r\n" in received  # who still sends may not get to read it
    assert api.http.get("/healthz").is_success


def test_a_head_of_some_length_is_read_in_whatever_pieces_it_comes(api: Api) -> None:
    head = GET + b"Connection: close\r\nX: " + b"x" * (HEAD_BYTES // 2) + b"\r\n\r\n"
    pieces = (head[start : start + 1000] for start in range(0, len(head), 1000))
    assert answer(api, pieces).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_long_body_after_a_short_head_is_no_long_head(api: Api) -> None:
    answered = api.http.post("/predict", params={"model": "x"}, content=bytes(4 * HEAD_BYTES))
    assert answered.status_code == 422


@pytest.mark.parametrize(
    "request_line", [b"\x16\x03\x01\x02", b"GET\r\n", b"FOO / HTTP/1.1\r\n", b"GET / HTTP/9\r\n"]
)
def test_what_is_no_http_is_a_400(api: Api, request_line: bytes) -> None:
    received = answer(api, iter((request_line + b"\r\n\r\n",)))
    assert received.startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_who_offers_another_protocol_is_answered_in_this_one(api: Api) -> None:
    offer = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABk"}
    answered = api.http.post("/jobs/validate", json={}, headers=offer)
    assert answered.status_code == 422
