"""A data set's record: an upload that is imported, then what it became."""

from dataclasses import dataclass
from typing import Any

from store.record import Record
from store.states import State

# What people call the states of an import.
STATES = {
    State.QUEUED: "queued",
    State.RUNNING: "preparing",
    State.CANCELLING: "cancelling",
    State.SUCCEEDED: "ready",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset(Record):
    """`body` has filename, bytes and sha256 of the upload, and its preparation; steps are pictures."""

    order: int  # in which they came
    stage: str | None  # of its preparation

    @classmethod
    def values(cls, text: dict[str, str]) -> dict[str, Any]:
        return Record.values(text) | {"order": int(text["order"]), "stage": text.get("stage")}

    @property
    def condition(self) -> str:
        return STATES[self.state]

    @property
    def is_ready(self) -> bool:
        return self.state == State.SUCCEEDED
