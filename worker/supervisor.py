"""One claimed job from start to end: the trainer is started, what it says is shipped, what is asked is passed on."""

import json
import logging
import signal
import time
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError

from model.durable import write_whole
from model.metrics import RECORD
from store import files
from store.errors import LeaseLost
from store.files import JobFiles
from store.jobs import Jobs
from store.record import Claim
from store.settings import Settings
from store.states import State
from worker.cargo import Cargo
from worker.trainer import Trainer

LOG = logging.getLogger(__name__)
SHIP_SECONDS = 0.25  # how far a curve may lag behind the training
LOG_LINES = 20  # of the trainer's log, kept in a failed job's error
STOPPED = 75  # what `python -m model` exits with when it was asked to stop
FULL_REST_SECONDS = 30.0  # before a job whose disk is full is tried again


class Supervisor:
    """`draining` is asked between shipments: true means that this worker is to end soon.

    `threads` is for a job that never ran: one that goes on keeps the number that it began with, because the order in
    which sums are rounded follows from it.
    """

    def __init__(
        self, jobs: Jobs, settings: Settings, claim: Claim, threads: int, draining: Callable[[], bool]
    ) -> None:
        self._jobs, self._settings, self._claim, self._draining = jobs, settings, claim, draining
        self._threads = threads
        self._files = JobFiles.of(settings.home, claim.job_id)
        self._cargo = Cargo(claim.token, self._files.run(claim.token).series)
        self._stop_asked: float | None = None  # monotonic
        self._away_since: float | None = None  # monotonic

    def run(self) -> None:
        """Returns when the job is not this worker's any more, whatever its end; the trainer is gone then.

        RedisError, OSError, from before there was a trainer.
        """
        trainer = self._start()
        try:
            self._finish(self._watch(trainer))
        except LeaseLost as lost:
            LOG.warning("%s", lost)
        finally:
            trainer.kill()
            trainer.wait()

    def _start(self) -> Trainer:
        job = self._jobs.get(self._claim.job_id)
        self._keep = job.body["spec"]["training"].get("keep_checkpoints", 2)
        self._files.sweep()
        write_whole(self._files.spec, json.dumps(job.body["spec"]).encode())
        return Trainer(
            self._files.spec,
            files.datasets(self._settings.home),
            self._files.run(self._claim.token).folder,
            [run.folder for run in self._files.runs(below=self._claim.token)],
            self._files.log,
            job.threads or self._threads,
        )

    def _watch(self, trainer: Trainer) -> int:
        """Until the trainer has ended; its exit status. A process can take seconds from its last word to its end."""
        while (code := trainer.ended()) is None:
            for row in trainer.heard(SHIP_SECONDS):
                self._cargo.load(row)
                if row["kind"] == "checkpoint":
                    self._files.forget_runs(self._claim.token, self._keep)
            self._obey(self._ship(), trainer)
            time.sleep(SHIP_SECONDS / 2)  # several rows a shipment
        for row in trainer.heard(0):
            self._cargo.load(row)
        return code

    def _ship(self) -> State | None:
        """The job's state, or None while the store is away. LeaseLost."""
        cargo = self._cargo
        try:
            state = self._jobs.report(
                self._claim,
                self._settings.lease_seconds,
                (cargo.first_step - 1) * RECORD.itemsize,
                bytes(cargo.records),
                cargo.fields,
                cargo.evaluations,
                cargo.events,
            )
        except RedisError as error:
            self._away_since = self._away_since or time.monotonic()
            LOG.warning("The store is away, %d batches wait: %s", cargo.batches, error)
            return None
        waited = cargo.batches
        cargo.shipped()
        self._tell_of_outage(waited)
        return state

    def _tell_of_outage(self, batches: int) -> None:
        """Shorter ones than a lease are nobody's business."""
        away = 0.0 if self._away_since is None else time.monotonic() - self._away_since
        self._away_since = None
        if away > self._settings.lease_seconds:
            message = f"Redis was away for {away:.0f} s; {batches} batches were handed in afterwards"
            self._cargo.tell("store_away", self._cargo.first_step - 1, message)

    def _obey(self, state: State | None, trainer: Trainer) -> None:
        if state not in (State.CANCELLING, State.PAUSING) and not self._draining():
            return
        now = time.monotonic()
        if self._stop_asked is None:
            self._stop_asked = now
            trainer.stop()
        elif state == State.CANCELLING and now - self._stop_asked > self._settings.cancel_grace_seconds:
            trainer.kill()

    def _finish(self, code: int) -> None:
        """Says the end to the store, for as long as it takes to be heard, and not before all else was heard."""
        while True:
            try:
                if self._cargo.is_empty:
                    LOG.info("%s is %s", self._claim.job_id, self._say_end(code))
                    return
                if self._ship():
                    continue
            except RedisError as error:
                LOG.warning("The store is away, the end of %s waits: %s", self._claim.job_id, error)
            time.sleep(1)

    def _say_end(self, code: int) -> State:
        jobs, claim, error = self._jobs, self._claim, self._cargo.error
        if code == 0:
            return jobs.finish(claim, "succeeded", "trained")
        if error and error["code"] == "disk_full":
            return jobs.finish(claim, "stopped", error["message"], rest_seconds=FULL_REST_SECONDS)
        if error:
            told = {**error, "log": self._files.last_lines(LOG_LINES)}
            return jobs.finish(claim, "failed", error["code"], told)
        if code == STOPPED or self._stop_asked is not None:
            return jobs.finish(claim, "stopped", "worker is stopping" if self._draining() else "as asked")
        return jobs.crash(claim, self._settings.max_attempts, *self._crash(code))

    def _crash(self, code: int) -> tuple[str, dict[str, Any]]:
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"
        hint = (
            "The log says more. SIGKILL is often the system short of memory: lower batch_size or image_size."
        )
        message = f"the trainer {how}"
        log = self._files.last_lines(LOG_LINES)
        return message, {"code": "crashed", "message": message, "hint": hint, "retryable": True, "log": log}
