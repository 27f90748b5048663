"""How a server is, and what it knows by name, typed."""

from typing import Any

from pydantic import Field

from client.records.record import Record


class Ready(Record):
    """`checks` names what the service needs, each "ok" or what is wrong with it."""

    status: str
    checks: dict[str, str] = Field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.status in {"ok", "ready"}


class Presets(Record):
    """Networks, data sets, and recipes, which are whole specs to submit, each by name."""

    architectures: dict[str, dict[str, Any]] = Field(default_factory=dict)
    datasets: dict[str, dict[str, Any]] = Field(default_factory=dict)
    recipes: dict[str, dict[str, Any]] = Field(default_factory=dict)


class UploadLimits(Record):
    """What of the tus protocol a server speaks; `max_size` in bytes."""

    version: str
    extensions: tuple[str, ...] = ()
    max_size: int | None = None
