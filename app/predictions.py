"""A prediction of many pictures as JSON, and what it found as CSV."""

import csv
import io
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from app.datasets import eta
from app.records import timestamp
from store.prediction import Prediction

AT_ONCE = 1000  # lines


def describe(prediction: Prediction) -> dict[str, Any]:
    body = prediction.body
    return {
        "id": prediction.id,
        "state": prediction.state,
        "job_id": body["job_id"],
        "top_k": body["top_k"],
        **{name: body.get(name) for name in ("dataset", "split", "upload")},
        "created_at": timestamp(prediction.created_at),
        "started_at": timestamp(prediction.started_at),
        "finished_at": timestamp(prediction.finished_at),
        "progress": {"step": prediction.step, "steps": prediction.steps, "eta_seconds": eta(prediction)},
        "accuracy": prediction.accuracy,
        "unreadable": prediction.unreadable,
        "error": prediction.error,
        "links": {
            "self": f"/predictions/{prediction.id}",
            "result": f"/predictions/{prediction.id}/result",
        },
    }


def as_csv(result: Path, top_k: int) -> Iterator[str]:
    """The lines of `predictor/batch.py` as rows, many in each piece; the second guess and those after it come last."""
    further = [f"{name}_{place}" for place in range(2, top_k + 1) for name in ("predicted", "probability")]
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["path", "label", "predicted", "probability", "error", *further])
    with result.open("rb") as lines:
        while True:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
            group = list(islice(lines, AT_ONCE))
            if not group:
                return
            rows.writerows(_row(json.loads(line)) for line in group)


def _row(line: dict[str, Any]) -> list[Any]:
    """None is an empty cell."""
    guesses = [value for each in line.get("top_k", ())[1:] for value in (each["label"], each["probability"])]
    error = line["error"]["message"] if "error" in line else None
    return [line["path"], line.get("label"), line.get("predicted"), line.get("probability"), error, *guesses]
