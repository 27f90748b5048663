"""How large a request may be. Pure ASGI: one that says its length is refused before a byte of its body is read."""

from fastapi import Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import problem

# The only paths that take more than a spec.
IMAGES = ("/predict", "/v2/models/")
ARCHIVES = ("/datasets", "/predictions", "/uploads/")
SPEC_BYTES = 2**18  # the longest takes 30 KB; while one is checked, nobody else is answered


class Limit:
    def __init__(self, app: ASGIApp, upload_bytes: int, dataset_bytes: int) -> None:
        self._app, self._upload_bytes, self._dataset_bytes = app, upload_bytes, dataset_bytes

    def _most(self, path: str) -> int:
        """Bytes."""
        if _is_among(ARCHIVES, path):
            return self._dataset_bytes
        return self._upload_bytes if _is_among(IMAGES, path) else min(SPEC_BYTES, self._upload_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        most = self._most(scope["path"])
        detail = f"the body is larger than {most / 2**20:g} MiB, which is the most that is taken here"
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > most:
            return await problem(Request(scope), 413, detail)(scope, receive, send)
        seen = 0

        async def counted() -> Message:
            """Also for a body that comes in chunks and never says its length."""
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise HTTPException(413, detail)
            return message

        return await self._app(scope, counted, send)


def _is_among(paths: tuple[str, ...], path: str) -> bool:
    """Those that end with a slash stand for all below them."""
    return any(path == each or (each.endswith("/") and path.startswith(each)) for each in paths)
