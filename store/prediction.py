"""A prediction's record: what a model says of many pictures."""

from dataclasses import dataclass
from typing import Any

from store.record import Record, number


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction(Record):
    """`body` has job_id, run and top_k; dataset and split, or upload, its filename and bytes. Steps are pictures."""

    unreadable: int | None  # pictures; None before the end
    accuracy: float | None  # where the pictures have labels

    @classmethod
    def values(cls, text: dict[str, str]) -> dict[str, Any]:
        accuracy = text.get("accuracy")
        return Record.values(text) | {
            "unreadable": number(text, "unreadable"),
            "accuracy": None if accuracy is None else float(accuracy),
        }
