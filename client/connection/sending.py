"""A file is sent: announced, sent in pieces by the tus protocol (tus.io), handed in as what it is to become.

What has arrived stays, so that a broken connection, a restart of the server or of this program costs a piece at most.
"""

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Generic

from client.connection.patience import Patience
from client.connection.source import Progress, Source
from client.connection.transport import Answer, Transport
from client.connection.unfinished import Unfinished
from client.errors import Conflict, Misunderstood, NotFound, TrainshedError
from client.records import Record

PIECE = 2**24  # bytes of a request: what lies between may refuse much larger ones
BLOCK = 2**18  # bytes between two words of progress
HASHED = 5e7  # bytes a second that the slowest of servers reads its upload again with
TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = {"Content-Type": "application/offset+octet-stream"}


class Announced(Record):
    """The answer to `POST /uploads`."""

    id: str


class Sending(Generic[Answer]):
    """To `path`, which answers with a `kind`. `seconds` without a byte that arrives, and the last error is raised."""

    def __init__(
        self,
        server: Transport,
        path: str,
        kind: type[Answer],
        source: Source,
        seconds: float,
        progress: Progress,
        unfinished: Unfinished,
    ) -> None:
        self._server, self._path, self._kind = server, path, kind
        self._source, self._seconds = source, seconds
        self._progress, self._unfinished = progress, unfinished
        self._mark = hashlib.sha256(f"{server.url} {source.mark}".encode()).hexdigest()

    def run(self, fields: dict[str, Any]) -> Answer:
        """Of the same upload as the last time, if that did not come to its end and the server still has it."""
        if before := self._unfinished.find(self._mark):
            with suppress(NotFound):
                return self._complete(before, fields)
        upload_id = self._announce()
        self._unfinished.put(self._mark, upload_id)
        return self._complete(upload_id, fields)

    def _announce(self) -> str:
        filename = base64.b64encode(self._source.filename.encode(errors="replace")).decode()
        headers = {"Upload-Length": str(self._source.size), "Upload-Metadata": f"filename {filename}"}
        return self._server.ask(Announced, "POST", "/uploads", headers=TUS | headers).id

    def _complete(self, upload_id: str, fields: dict[str, Any]) -> Answer:
        """Handed in once before the first byte: wrong fields are refused then, and right ones are a Conflict."""
        try:
            answer = self._hand_in(upload_id, fields)
        except Conflict:
            self._send(f"/uploads/{upload_id}")
            self._source.check_unchanged()
            answer = self._hand_in(upload_id, fields, self._seconds)
        self._unfinished.forget(self._mark)
        return answer

    def _hand_in(self, upload_id: str, fields: dict[str, Any], patience: float | None = None) -> Answer:
        """May be repeated: the same upload becomes the same thing. NaN is sent as it is, as in specs."""
        return self._server.ask(
            self._kind,
            "POST",
            self._path,
            content=json.dumps({"upload": upload_id, **fields}).encode(),
            headers={"Content-Type": "application/json"},
            timeout=60 + self._source.size / HASHED,
            patience=patience,
        )

    def _send(self, path: str) -> None:
        patience, offset, reached = Patience(self._seconds), None, 0
        while offset != self._source.size:
            try:
                offset = self._where(path) if offset is None else self._append(path, offset)
                if offset > reached:
                    patience.renew()
                    reached = offset
            except TrainshedError as error:
                error.passing |= isinstance(
                    error, Conflict
                )  # the server has yet to see that a connection broke
                delay = patience.delay(error)
                self._progress("connection lost, trying again", reached, self._source.size)
                time.sleep(delay)
                offset = None

    def _where(self, path: str) -> int:
        offset = _offset(self._server.send("HEAD", path, headers=TUS, patience=0).headers)
        self._progress("sending", offset, self._source.size)
        return offset

    def _append(self, path: str, offset: int) -> int:
        size = min(PIECE, self._source.size - offset)
        headers = {**TUS, **CHUNK, "Upload-Offset": str(offset), "Content-Length": str(size)}
        content = self._blocks(offset, size)
        return _offset(self._server.send("PATCH", path, headers=headers, content=content, patience=0).headers)

    def _blocks(self, offset: int, size: int) -> Iterator[bytes]:
        self._source.file.seek(offset)
        end = offset + size
        while offset < end:
            block = self._source.file.read(min(BLOCK, end - offset))
            if not block:
                raise TrainshedError(f"{self._source.path} became shorter while it was sent: send it again")
            yield block
            offset += len(block)
            self._progress("sending", offset, self._source.size)


def _offset(headers: Any) -> int:
    try:
        return int(headers["Upload-Offset"])
    except (KeyError, ValueError) as error:
        raise Misunderstood("the server does not say how much of the upload it has") from error
