"""A training run's record."""

import json
from dataclasses import dataclass
from typing import Any

from store.record import Record, number


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Record):
    """`body` has name, labels, priority, resume_from, dataset and spec, presets expanded."""

    images_per_epoch: int
    batch_size: int  # before a job has run with `auto`, the one that is expected
    evaluation: dict[str, Any] | None  # the newest
    best: dict[str, Any] | None  # the most accurate, on whatever split; of an older Trainshed, None
    lr_range: dict[str, Any] | None  # what a range test found
    device: str | None
    hardware: str | None  # what the device is called
    precision: str | None
    threads: int | None  # of torch, of the first attempt and so of all
    versions: dict[str, str] | None  # of what trained the newest attempt

    @classmethod
    def values(cls, text: dict[str, str]) -> dict[str, Any]:
        return Record.values(text) | {
            "images_per_epoch": int(text["images_per_epoch"]),
            "batch_size": int(text["batch_size"]),
            "evaluation": json.loads(text.get("evaluation", "null")),
            "best": json.loads(text.get("best", "null")),
            "lr_range": json.loads(text.get("lr_range", "null")),
            "device": text.get("device"),
            "hardware": text.get("hardware"),
            "precision": text.get("precision"),
            "threads": number(text, "threads"),
            "versions": json.loads(text.get("versions", "null")),
        }

    @property
    def steps_per_epoch(self) -> float:
        return self.images_per_epoch / self.batch_size

    @property
    def is_range_test(self) -> bool:
        return bool(self.body["spec"].get("mode") == "lr_range")
