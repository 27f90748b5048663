"""A data set as JSON: what clients see of it."""

from dataclasses import asdict
from pathlib import Path
from time import time
from typing import Any

from app.records import timestamp
from model.data.catalog import BUILT_IN, is_present
from model.data.packed import Packed
from store import files
from store.dataset import Dataset
from store.record import Record

WORTH_AN_ETA = 0.05  # share of the work that has been done


def describe(dataset: Dataset, names: list[str], packed: Packed | None) -> dict[str, Any]:
    """`names` are those that a job may call it by, beside its id."""
    facts = asdict(packed) if packed else dict.fromkeys(Packed.__dataclass_fields__)
    return {
        "id": dataset.id,
        "names": names,
        "state": dataset.condition,
        "created_at": timestamp(dataset.created_at),
        "started_at": timestamp(dataset.started_at),
        "finished_at": timestamp(dataset.finished_at),
        "upload": {name: dataset.body[name] for name in ("filename", "bytes", "sha256")},
        "preparation": dataset.body["preparation"],
        "progress": {
            "stage": dataset.stage,
            "step": dataset.step,
            "steps": dataset.steps,
            "eta_seconds": eta(dataset),
        },
        **{
            name: facts[name]
            for name in ("classes", "channels", "image_size", "fit", "images", "class_images")
        },
        **{name: facts[name] for name in ("mean", "deviation", "sha256")},
        "error": dataset.error,
        "links": {
            name: f"/datasets/{dataset.id}{end}"
            for name, end in (("self", ""), ("report", "/report"), ("samples", "/samples"))
        },
    }


def built_in(home: Path) -> list[dict[str, Any]]:
    """`present`: it can be trained on without a download."""
    folder = files.datasets(home)
    return [{**asdict(facts), "present": is_present(facts, folder)} for facts in BUILT_IN.values()]


def eta(record: Record) -> float | None:
    """At the speed that it has had so far; the start of its process would spoil it at first."""
    if (
        record.is_final
        or not record.started_at
        or not record.step
        or record.step < WORTH_AN_ETA * record.steps
    ):
        return None
    seconds = time() - record.started_at / 1000
    return round(max(0.0, seconds / record.step * (record.steps - record.step)), 1)
