"""Requests to the service, and what is done when they fail."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2
from pydantic import ValidationError

from client.connection.patience import Patience
from client.errors import Misunderstood, TrainshedError, Unreachable, problem
from client.records import Record

Answer = TypeVar("Answer", bound=Record)

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
CONNECT = 5.0  # seconds to wait for a connection
SILENCE = 45.0  # seconds; a stream pings every 15, so one that is silent for this long is dead
LARGEST_EVENT = 64 * 2**20  # bytes


def given(**params: Any) -> dict[str, Any]:
    """Those that are not None."""
    return {name: value for name, value in params.items() if value is not None}


class Transport:
    """One server at `url`. Every failure is raised as one of `client.errors`."""

    def __init__(self, url: str, key: str | None, timeout: float, patience: float) -> None:
        self.url = (url if "://" in url else f"http://{url}").rstrip("/")
        self._timeout, self._patience = timeout, patience
        if key and not (key.isascii() and key.isprintable()):
            raise TrainshedError("the API key has characters that no key has: was it copied whole?")
        try:
            self._http = httpx2.Client(
                base_url=self.url,
                headers={"User-Agent": "trainshed"} | ({"Authorization": f"Bearer {key}"} if key else {}),
                trust_env=urlsplit(self.url).hostname not in LOOPBACK,  # no proxy to this machine itself
            )
        except (httpx2.InvalidURL, ValueError) as error:
            raise TrainshedError(f"{url} is not the URL of a server: {error}") from error

    def close(self) -> None:
        self._http.close()

    def ask(self, kind: type[Answer], method: str, path: str, **request: Any) -> Answer:
        """As `send`, with the answer read as a record."""
        return self.read(kind, self.send(method, path, **request))

    def read(self, kind: type[Answer], response: httpx2.Response) -> Answer:
        """Raises Misunderstood where it is another kind of answer."""
        try:
            return kind.model_validate_json(response.content)
        except ValidationError as error:
            raise Misunderstood(
                f"{self.url} does not answer {response.url.path} as Trainshed does: {error}"
            ) from error

    def send(
        self,
        method: str,
        path: str,
        *,
        timeout: float | None = None,
        patience: float | None = None,
        **request: Any,
    ) -> httpx2.Response:
        """Tries again for `patience` seconds after a passing failure: give 0 where a repeat could do harm."""
        tries = Patience(self._patience if patience is None else patience)
        seconds = timeout or self._timeout
        limits = httpx2.Timeout(seconds, connect=min(CONNECT, seconds))
        while True:
            try:
                with self._translated():
                    response = self._http.request(method, path, timeout=limits, **request)
                if response.status_code >= 400:
                    raise problem(response.status_code, response.content)
                if place := response.headers.get("location") if response.is_redirect else None:
                    raise Misunderstood(f"{self.url} sends {path} on to {place}: name that server instead")
                return response
            except TrainshedError as error:
                time.sleep(tries.delay(error))

    def text(self, kind: str, path: str, **request: Any) -> str:
        """An answer that is no JSON, of this media type. Misunderstood where it is another, as a proxy's page is."""
        response = self.send("GET", path, **request)
        found = response.headers.get("content-type", "").partition(";")[0]
        if found != kind:
            raise Misunderstood(f"{self.url} answers {path} with {found or 'nothing'}, not {kind}")
        return response.text

    def pieces(self, path: str, **request: Any) -> Iterator[bytes]:
        """Of an answer that may be large, as they come. Once, without trying again."""
        limits = httpx2.Timeout(self._timeout, connect=CONNECT)
        with self._translated(), self._http.stream("GET", path, timeout=limits, **request) as response:
            if response.status_code >= 400:
                raise problem(response.status_code, response.read())
            yield from response.iter_bytes()

    @contextmanager
    def events(self, path: str, after: int) -> Iterator[httpx2.EventSource]:
        """Server-sent events after step `after`; ends, or raises Unreachable, when the connection does."""
        timeout = httpx2.Timeout(SILENCE, connect=CONNECT)
        stream = self._http.sse(path, params={"after": after}, timeout=timeout, max_event_size=LARGEST_EVENT)
        with self._translated(), stream as source:
            if source.response.status_code >= 400:
                raise problem(source.response.status_code, source.response.read())
            yield source

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (httpx2.InvalidURL, httpx2.LocalProtocolError, UnicodeEncodeError) as error:
            raise TrainshedError(f"this cannot be sent: {error}") from error
        except (httpx2.SSEError, httpx2.UnsupportedProtocol, httpx2.DecodingError) as error:
            raise Misunderstood(f"{self.url} does not answer as Trainshed does: {error}") from error
        except httpx2.TransportError as error:
            reason = str(error) or type(error).__name__
            raise Unreachable(f"{self.url} does not answer: {reason}") from error
