"""How a server is, and what it knows by name, typed."""

from pydantic import Field

from client.records.record import Record


class Ready(Record):
    """`checks` names what the service needs, each "ok" or what is wrong with it."""

    status: str
    checks: dict[str, str] = Field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.status in {"ok", "ready"}
