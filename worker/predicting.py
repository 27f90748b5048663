"""Pictures that a model is to name: `python -m predictor.batch` does it."""

import sys

from redis import Redis

from model import launch
from store import files
from store.job_files import JobFiles
from store.prediction import Prediction
from store.prediction_files import PredictionFiles
from store.predictions import Predictions
from store.record import Claim
from store.settings import Settings
from store.workers import Workers
from worker import machine
from worker.cargo import Cargo
from worker.child import Child
from worker.errand import Errand


class Predicting(Errand):
    """Every attempt begins anew. The result is written in one step, and the same whichever attempt writes it."""

    NAME, LIGHTER = "prediction", "send fewer or smaller pictures at once"

    def __init__(self, redis: Redis, settings: Settings, claim: Claim) -> None:
        self.files: PredictionFiles = PredictionFiles.of(settings.home, claim.job_id)
        self.cargo = Cargo(claim.token, self.files.series)
        self._redis, self._settings, self._claim = redis, settings, claim

    def start(self) -> Child:
        prediction = Predictions(self._redis).get(self._claim.job_id)
        return Child(self._command(prediction), launch.environment(self._threads()), self.files.log)

    def _command(self, prediction: Prediction) -> list[str]:
        body, home = prediction.body, self._settings.home
        model = JobFiles.of(home, body["job_id"]).run(body["run"]).model
        command = [sys.executable, "-m", "predictor.batch", str(model), "--out", str(self.files.result)]
        command += ["--top-k", str(body["top_k"]), "--supervised"]
        command += ["--max-megapixels", str(self._settings.max_image_megapixels)]
        if body.get("dataset"):
            command += ["--dataset", body["dataset"], "--split", body["split"]]
            return [*command, "--datasets", str(files.datasets(home))]
        return [*command, "--pictures", str(self.files.upload)]

    def _threads(self) -> int:
        """Cores are shared with those that train now."""
        training = [worker for worker in Workers(self._redis).alive() if worker.job]
        return machine.threads([*training, *Workers(self._redis, Predictions.KEYS).alive()])
