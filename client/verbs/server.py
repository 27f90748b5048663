"""The verbs of the server itself."""

from client.errors import Failing
from client.records.server import Presets, Ready
from client.verbs.verbs import Verbs


class ServerVerbs(Verbs):
    def alive(self) -> bool:
        """Whether the API answers, asked once. Raises Unreachable where nothing does."""
        return self._server.ask(Ready, "GET", "/healthz", patience=0).ok

    def ready(self) -> Ready:
        """What works and what does not, asked once. Raises only where nothing answers (Unreachable)."""
        try:
            return self._server.ask(Ready, "GET", "/readyz", patience=0)
        except Failing as error:
            return Ready(status="unavailable", checks=error.body.get("checks") or {})

    def prometheus(self) -> str:
        """The server's own figures, in Prometheus's text format. A job's are in `metrics`."""
        return self._server.text("text/plain", "/metrics")

    def presets(self) -> Presets:
        return self._server.ask(Presets, "GET", "/presets")
