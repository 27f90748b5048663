"""Predictions of many pictures at once: what waits, runs and has run."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from store import keys
from store.errors import DatasetUnknown, IdempotencyConflict, PredictionUnknown
from store.jobs import new_id
from store.prediction import Prediction
from store.prediction_files import PredictionFiles
from store.work import Work

PREDICTION_ID = re.compile(r"pred_[0-9a-f]{28}")


class Predictions(Work[Prediction]):
    KEYS = keys.PREDICTION
    ID = PREDICTION_ID
    UNKNOWN = PredictionUnknown
    FILES = PredictionFiles
    record = Prediction

    def submit(
        self,
        home: Path,
        body: dict[str, Any],
        steps: int = 0,
        upload: Path | None = None,
        dataset: str | None = None,
        idempotency_key: str = "",
        asked: dict[str, Any] | None = None,
    ) -> tuple[str, bool]:
        """Takes the file `upload` away. `steps` is 0 where nobody has counted the pictures yet. IdempotencyConflict.

        `dataset` is the id of one that is not deleted before the prediction has ended. DatasetUnknown if it was before.

        The id, and whether the prediction is new: with a key that was used before it is that of then. `asked` is what a
        repeated submission is told by, where that is not `body`: a name can mean something else by now.
        """
        own_id = new_id("pred")
        of_prediction = PredictionFiles.of(home, own_id)
        of_prediction.folder.mkdir(parents=True)
        if upload:
            upload.replace(of_prediction.upload)
        text = json.dumps({**body, "priority": 0}, sort_keys=True)
        canonical = json.dumps(asked or body, sort_keys=True)
        fingerprint = hashlib.sha256(canonical.encode()).hexdigest() if idempotency_key else ""
        fields: dict[str, Any] = {"body": text, "steps": steps}
        if dataset:
            fields["needs"] = keys.IMPORT.job(dataset)
        found, outcome = self.enqueue(own_id, fields, 0, fingerprint, idempotency_key)
        if outcome != "new":
            of_prediction.delete()
        if outcome == "needs":
            raise DatasetUnknown(dataset or "")
        if outcome not in ("new", fingerprint):
            raise IdempotencyConflict
        return found, outcome == "new"
