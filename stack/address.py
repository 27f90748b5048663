"""Where the API listens: a port that is free now, its URLs, and what `/readyz` answers."""

import http.client
import socket
from dataclasses import dataclass
from ipaddress import ip_address

from stack.errors import PortTaken

ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # listening everywhere: reached at loopback


@dataclass(frozen=True, slots=True)
class Address:
    """A host as configured, and a port that is never 0."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{_bracketed(ANY.get(self.host, self.host))}:{self.port}"

    def readiness(self) -> tuple[int, str]:
        """Status and body of `GET /readyz`; (0, why) while nothing answers. Blocks for 5 s at most."""
        connection = http.client.HTTPConnection(ANY.get(self.host, self.host), self.port, timeout=5)
        try:  # http.client rather than a client library: no proxy from the environment may come between
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error)
        finally:
            connection.close()


def free_address(host: str, port: int) -> Address:
    """The address, after binding it once; port 0 becomes a free one. Raises PortTaken."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen()  # Linux lets two sockets bind with SO_REUSEADDR until one of them listens
            return Address(host, listener.getsockname()[1])
    except OSError as error:
        raise PortTaken(
            f"Cannot listen on {_bracketed(host)}:{port} ({error.strerror}). "
            "Stop what listens there, or choose another port: TRAINSHED_PORT=8001 (0 picks a free one)."
        ) from error


def _bracketed(host: str) -> str:
    try:
        return f"[{host}]" if ip_address(host).version == 6 else host
    except ValueError:
        return host
