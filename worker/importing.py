"""An upload that is to become a data set: `python -m ingest` prepares it."""

import json
import os
import shutil
import sys

from redis import Redis

from model.data import packed
from model.durable import write_whole
from store import files
from store.datasets import Imports
from store.import_files import ImportFiles
from store.record import Claim
from store.settings import Settings
from worker.cargo import Cargo
from worker.child import Child
from worker.errand import Errand


class Importing(Errand):
    """Each attempt packs in a folder of its own, and one of them becomes the data set in one step."""

    NAME, LIGHTER = "import", "lower image_size, or send fewer pictures at once"

    def __init__(self, redis: Redis, settings: Settings, claim: Claim) -> None:
        self.files: ImportFiles = ImportFiles.of(settings.home, claim.job_id)
        self.cargo = Cargo(claim.token, self.files.series)
        self._redis, self._settings, self._claim = redis, settings, claim
        self._attempt = self.files.attempt(claim.token)
        self._dataset = files.datasets(settings.home) / claim.job_id

    def start(self) -> Child:
        dataset = Imports(self._redis).get(self._claim.job_id)
        self.files.forget_attempts()
        write_whole(self.files.spec, json.dumps(dataset.body["preparation"]).encode())
        megapixels = str(self._settings.max_image_megapixels)
        command = [sys.executable, "-m", "ingest", str(self.files.upload), "--spec", str(self.files.spec)]
        command += ["--out", str(self._place()), "--max-megapixels", megapixels, "--json", "--supervised"]
        return Child(command, dict(os.environ), self.files.log)

    def _place(self) -> os.PathLike[str]:
        """An attempt before this one can have come to its end without being able to say so."""
        return self._dataset if (self._dataset / packed.CARD).exists() else self._attempt

    def close(self, event: str) -> None:
        if event == "succeeded" and self._attempt.exists():
            self._dataset.parent.mkdir(exist_ok=True)
            shutil.rmtree(
                self._dataset, ignore_errors=True
            )  # without a card: half a data set of an earlier life
            self._attempt.rename(self._dataset)
        report = self._attempt / packed.REPORT
        if event == "failed" and report.exists():
            report.replace(self.files.report)
