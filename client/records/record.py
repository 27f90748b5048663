"""What every answer of the service has in common. Fields that a newer server adds are kept and never break reading."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

Item = TypeVar("Item", bound=BaseModel)


class Record(BaseModel):
    """Frozen; unknown fields are kept, so that `text()` shows all that the server said."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)

    def text(self, indent: int | None = 2) -> str:
        """The record as JSON; `indent=None` for one line."""
        return self.model_dump_json(by_alias=True, indent=indent)


class Page(Record, Generic[Item]):
    """Part of a list; `next_after` is the cursor of the next part."""

    data: list[Item]
    has_more: bool = False
    next_after: str | None = None
