"""A free port is found, a taken one is named, and readiness is read as it is said."""

import socket

import pytest

from stack.address import Address, free_address
from stack.errors import PortTaken


def test_port_zero_becomes_a_port_that_can_be_bound() -> None:
    address = free_address("127.0.0.1", 0)
    with socket.socket() as listener:
        listener.bind((address.host, address.port))


def test_a_taken_port_is_refused_with_its_number_and_a_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"127\.0\.0\.1:{port}.*TRAINSHED_PORT"):
            free_address("127.0.0.1", port)


def test_a_host_that_does_not_exist_is_refused_likewise() -> None:
    with pytest.raises(PortTaken, match=r"no-such-host\.invalid"):
        free_address("no-such-host.invalid", 8000)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("localhost", "http://localhost:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("::", "http://[::1]:8000"),
    ],
)
def test_the_url_is_one_that_a_browser_here_can_open(host: str, url: str) -> None:
    assert Address(host, 8000).url == url


def test_nothing_listening_is_status_zero() -> None:
    status, why = free_address("127.0.0.1", 0).readiness()
    assert status == 0
    assert "refused" in why
