"""The verbs of models and aliases, which `client.Client` has beside those of jobs."""

import hashlib
import json
from pathlib import Path
from urllib.parse import quote

from client.connection.transport import Transport, given
from client.errors import Misunderstood, TrainshedError
from client.records.model import Alias, Aliases, Export, ModelInFull, Models

LONG_POLL = 30.0  # seconds; the service waits for 60 at most
SLOW = 300.0  # seconds without a byte of a large file


class ModelVerbs:
    """`name` is the id of a finished job, or an alias."""

    _server: Transport
    _timeout: float

    def models(self, limit: int = 50, after: str | None = None) -> Models:
        """Finished jobs that can predict, one page, newest first."""
        return self._server.ask(Models, "GET", "/models", params=given(limit=limit, after=after))

    def model(self, name: str) -> ModelInFull:
        return self._server.ask(ModelInFull, "GET", _path("models", name))

    def model_card(self, name: str) -> str:
        """In Markdown."""
        return self._server.send("GET", _path("models", name, "card")).text

    def delete_model(self, name: str) -> None:
        """Its files; the job stays. Raises Conflict while an alias means it."""
        self._server.send("DELETE", _path("models", name), patience=0)

    def export_report(self, name: str, kind: str) -> Export:
        """How far an export agrees with its model; has it made first, which takes seconds."""
        path, query = _path("models", name, "export", "report"), {"format": kind, "wait": LONG_POLL}
        while True:
            answer = self._server.send("GET", path, params=query, timeout=self._timeout + LONG_POLL)
            if answer.status_code != 202:
                return Export.model_validate_json(answer.content)

    def export_model(self, name: str, kind: str, out: Path) -> Export:
        """Writes it to `out`. Raises Misunderstood where what came is not what the report is of."""
        report = self.export_report(name, kind)
        path = _path("models", name, "export")
        content = self._server.send("GET", path, params={"format": kind}, timeout=SLOW).content
        if hashlib.sha256(content).hexdigest() != report.sha256:
            raise Misunderstood(f"the file is not the one of the report, SHA-256 {report.sha256}: ask again")
        part = out.with_name(f"{out.name}.part")
        try:
            part.write_bytes(content)
            part.replace(out)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise TrainshedError(f"{out}: {error.strerror}") from error
        return report

    def aliases(self) -> Aliases:
        return self._server.ask(Aliases, "GET", "/aliases")

    def alias(self, alias: str) -> Alias:
        """With its moves."""
        return self._server.ask(Alias, "GET", _path("aliases", alias))

    def move_alias(self, alias: str, name: str, expected: str | None = None) -> Alias:
        """The next prediction by it is that model's. With `expected` only if it means that job now; else Problem."""
        headers = {"Content-Type": "application/json"} | ({"If-Match": f'"{expected}"'} if expected else {})
        content = json.dumps({"job": name}).encode()
        path = _path("aliases", alias)
        patience = 0 if expected else None  # who moved it already would be told that it means another job
        return self._server.ask(Alias, "PUT", path, content=content, headers=headers, patience=patience)

    def delete_alias(self, alias: str) -> None:
        """The model stays."""
        self._server.send("DELETE", _path("aliases", alias), patience=0)


def _path(kind: str, name: str, *parts: str) -> str:
    """A name stays one piece of the path. Raises TrainshedError for none, which would name them all."""
    if not name.strip("."):
        raise TrainshedError(f"{name!r} is not the name of a model")
    return "/".join([f"/{kind}", quote(name, safe=""), *parts])
