"""The verbs of aliases, the names of models."""

from client.records.model import Alias, Aliases
from client.verbs.place import place
from client.verbs.verbs import JSON, Verbs, body


class AliasVerbs(Verbs):
    """`expected` is the id of the job that an alias must mean now, else Problem (412)."""

    def aliases(self) -> Aliases:
        return self._server.ask(Aliases, "GET", "/aliases")

    def alias(self, alias: str) -> Alias:
        """With its moves."""
        return self._server.ask(Alias, "GET", place("aliases", alias))

    def move_alias(self, alias: str, name: str, expected: str | None = None, new: bool = False) -> Alias:
        """The next prediction by it is that model's. With `new` only if it means nothing yet, else Problem (412)."""
        conditions = _expecting(expected) | ({"If-None-Match": "*"} if new else {})
        patience = 0 if conditions else None  # a repeat would be told that it means another job
        path, content = place("aliases", alias), body({"job": name})
        return self._server.ask(
            Alias, "PUT", path, content=content, headers=JSON | conditions, patience=patience
        )

    def delete_alias(self, alias: str, expected: str | None = None) -> None:
        """The model stays."""
        self._server.send("DELETE", place("aliases", alias), headers=_expecting(expected), patience=0)


def _expecting(job_id: str | None) -> dict[str, str]:
    return {"If-Match": f'"{job_id}"'} if job_id else {}
