"""A job: `python -m model` trains it."""

import json

from redis import Redis

from model import launch
from model.durable import write_whole
from store import files
from store.job_files import JobFiles
from store.jobs import Jobs
from store.record import Claim
from store.settings import Settings
from store.workers import Workers
from worker import machine
from worker.cargo import Cargo
from worker.child import Child, Row
from worker.errand import Errand


class Training(Errand):
    """A job that goes on keeps the number of threads that it began with, because the order in which sums are rounded
    follows from it."""

    NAME, LIGHTER = "trainer", "lower batch_size or image_size"

    def __init__(self, redis: Redis, settings: Settings, claim: Claim) -> None:
        self.files: JobFiles = JobFiles.of(settings.home, claim.job_id)
        self.cargo = Cargo(claim.token, self.files.run(claim.token).series)
        self._redis, self._home, self._claim = redis, settings.home, claim
        self._keep = 0  # checkpoints

    def start(self) -> Child:
        job = Jobs(self._redis).get(self._claim.job_id)
        self._keep = job.body["spec"]["training"].get("keep_checkpoints", 2)
        self.files.sweep()
        write_whole(self.files.spec, json.dumps(job.body["spec"]).encode())
        command = launch.command(
            self.files.spec,
            files.datasets(self._home),
            self.files.run(self._claim.token).folder,
            [run.folder for run in self.files.runs(below=self._claim.token)],
            self.files.initial if self.files.initial.exists() else None,
            files.weights(self._home),
        )
        threads = job.threads or machine.threads(Workers(self._redis).alive())
        return Child(command, launch.environment(threads), self.files.log)

    def hear(self, row: Row) -> None:
        super().hear(row)
        if row["kind"] == "checkpoint":
            self.files.forget_runs(self._claim.token, self._keep)
