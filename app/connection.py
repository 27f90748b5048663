"""A client's connection: uvicorn's, which never takes more than so much of a request's head."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 2**16  # also of a body's trailer


class Connection(HttpToolsProtocol):
    """httptools itself has no limit: who sends a head without end would fill the memory, and need no key for it."""

    _pending = 0  # bytes since the parser last found a whole head or a piece of a body

    def data_received(self, data: bytes) -> None:
        self._pending += len(data)
        super().data_received(data)
        if self._pending > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_headers_complete(self) -> None:
        self._pending = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._pending = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._pending = 0
        super().on_message_complete()
