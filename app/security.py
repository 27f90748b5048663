"""Who may ask: a key where keys are set; on loopback without one, nobody's web page.

Pure ASGI, so that a request is refused before a byte of its body is read.
"""

import hmac
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import problem
from store.settings import Settings

OPEN = {"/healthz", "/readyz", "/v2/health/live", "/v2/health/ready"}  # for probes, which carry no key
DASHBOARD = "/dashboard/"  # with "/" itself, files that are no secret: the page asks for the key and sends it


class Security:
    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._keys = [key.get_secret_value().encode() for key in settings.api_keys]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            return await self._app(scope, receive, send)
        return await problem(Request(scope), *refusal)(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        if self._keys:
            path = scope["path"]
            if path in OPEN or path == "/" or path.startswith(DASHBOARD) or self._has_key(headers):
                return None
            return 401, "send one of the server's keys as `Authorization: Bearer <key>`"
        # Without keys the server is on loopback, which every web page that the user opens can reach as well.
        if not _names_this_machine(headers.get("host", "")):
            return 403, "this server answers on loopback only: use http://127.0.0.1 or http://localhost"
        origin = headers.get("origin")
        if origin and not _names_host(origin, headers["host"]):
            return 403, f"pages of {origin} may not use this server"
        if _is_foreign(headers):
            return 403, "pages of other sites may show nothing of this server, but a link to it"
        return None

    def _has_key(self, headers: Mapping[str, str]) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        found = [hmac.compare_digest(key, given.strip().encode()) for key in self._keys]  # all: constant time
        return scheme.lower() == "bearer" and any(found)


def _is_foreign(headers: Mapping[str, str]) -> bool:
    """Pictures, scripts and frames of another page, for which browsers send no `Origin`; they say it by these."""
    if headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
        return False
    return (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) != ("navigate", "document")


def _names_host(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin).netloc == host
    except ValueError:  # half an IPv6 address
        return False


@lru_cache(maxsize=64)
def _names_this_machine(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
