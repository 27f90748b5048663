"""The verbs of models."""

import hashlib
from pathlib import Path

from client.connection.transport import given
from client.errors import Misunderstood
from client.records.model import Export, ModelInFull, Models
from client.verbs.place import place
from client.verbs.verbs import Verbs
from client.whole import write

LONG_POLL = 30.0  # seconds; the service waits for 60 at most
SLOW = 300.0  # seconds without a byte of a large file


class ModelVerbs(Verbs):
    """`name` is the id of a finished job, or an alias."""

    def models(self, limit: int = 50, after: str | None = None) -> Models:
        """Finished jobs that can predict, one page, newest first."""
        return self._server.ask(Models, "GET", "/models", params=given(limit=limit, after=after))

    def model(self, name: str) -> ModelInFull:
        return self._server.ask(ModelInFull, "GET", place("models", name))

    def model_card(self, name: str) -> str:
        """In Markdown."""
        return self._server.text("text/markdown", place("models", name, "card"))

    def delete_model(self, name: str) -> None:
        """Its files; the job stays. Raises Conflict while an alias means it."""
        self._server.send("DELETE", place("models", name), patience=0)

    def export_report(self, name: str, kind: str) -> Export:
        """How far an export agrees with its model; has it made first, which takes seconds."""
        path, query = place("models", name, "export", "report"), {"format": kind, "wait": LONG_POLL}
        while True:
            answer = self._server.send("GET", path, params=query, timeout=self._timeout + LONG_POLL)
            if answer.status_code != 202:
                return self._server.read(Export, answer)

    def export_model(self, name: str, kind: str, out: Path) -> Export:
        """Writes it to `out`. Raises Misunderstood where what came is not what the report is of."""
        report = self.export_report(name, kind)
        path = place("models", name, "export")
        content = self._server.send("GET", path, params={"format": kind}, timeout=SLOW).content
        if hashlib.sha256(content).hexdigest() != report.sha256:
            raise Misunderstood(f"the file is not the one of the report, SHA-256 {report.sha256}: ask again")
        write(out, [content])
        return report
