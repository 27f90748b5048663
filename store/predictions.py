"""Predictions of many pictures at once: what waits, runs and has run."""

import json
import re
from pathlib import Path
from typing import Any

from store import files, keys
from store.errors import DatasetUnknown, PredictionUnknown
from store.files import PredictionFiles
from store.jobs import new_id
from store.prediction import Prediction
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
    ) -> str:
        """Takes a second name of the file `upload`; its id. `steps` is 0 where nobody has counted the pictures yet.

        `dataset` is the id of one that is not deleted before the prediction has ended. DatasetUnknown if it was before.
        """
        prediction_id = new_id("pred")
        of_prediction = PredictionFiles.of(home, prediction_id)
        of_prediction.folder.mkdir(parents=True)
        if upload:
            files.share(upload, of_prediction.upload)
        fields: dict[str, Any] = {"body": json.dumps({**body, "priority": 0}), "steps": steps}
        if dataset:
            fields["needs"] = keys.IMPORT.job(dataset)
        _, outcome = self.enqueue(prediction_id, fields, 0)
        if outcome == "needs":
            of_prediction.delete()
            raise DatasetUnknown(dataset or "")
        return prediction_id
