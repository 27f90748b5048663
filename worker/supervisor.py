"""One claimed job from start to end: the trainer is started, what it says is shipped, what is asked is passed on."""

import json
import logging
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis.exceptions import RedisError

from model.metrics import RECORD, BatchMetrics
from store import files
from store.errors import LeaseLost
from store.files import JobFiles
from store.jobs import Claim, Jobs
from store.settings import Settings
from store.states import State
from worker.trainer import CLOSED, Row, Trainer

LOG = logging.getLogger(__name__)
SHIP_SECONDS = 0.25  # how far a curve may lag behind the training
LOG_LINES = 20  # of the trainer's log, kept in a failed job's error
STOPPED = 75  # what `python -m model` exits with when it was asked to stop


@dataclass
class Cargo:
    """What the trainer said that the store has not got yet. It waits here while Redis is away."""

    series: Path  # what the trainer wrote down of every batch before its last checkpoint
    first_step: int = 1
    records: bytearray = field(default_factory=bytearray)
    fields: dict[str, Any] = field(default_factory=dict)
    evaluations: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def next_step(self) -> int:
        return self.first_step + len(self.records) // RECORD.itemsize

    @property
    def is_empty(self) -> bool:
        return not (self.records or self.fields or self.evaluations)

    def load(self, row: Row) -> None:
        LOADERS.get(row["kind"], lambda cargo, row: None)(self, {k: v for k, v in row.items() if k != "kind"})

    def start(self, row: Row) -> None:
        """A new attempt says where it goes on. What led there is shipped again, should a worker have died with it."""
        size = row["step"] * RECORD.itemsize
        written = self.series.read_bytes()[:size] if size and self.series.exists() else b""
        self.records[:] = written if len(written) == size else b""
        self.first_step = row["step"] + 1 - len(self.records) // RECORD.itemsize
        self.fields.update(row)

    def batch(self, row: Row) -> None:
        metrics = BatchMetrics(**row)
        self.records += metrics.pack()
        self.fields["step"] = metrics.step

    def evaluation(self, row: Row) -> None:
        summary = {name: row[name] for name in ("step", "split", "images", "loss", "accuracy")}
        self.evaluations[row["step"]] = self.fields["evaluation"] = summary

    def lr_range(self, row: Row) -> None:
        self.fields["lr_range"] = row

    def error(self, row: Row) -> None:
        self.fields["error"] = row

    def shipped(self) -> None:
        self.first_step = self.next_step
        self.records.clear()
        self.fields.clear()
        self.evaluations.clear()


LOADERS: dict[str, Any] = {
    "start": Cargo.start,
    "batch": Cargo.batch,
    "evaluation": Cargo.evaluation,
    "report": Cargo.evaluation,
    "lr_range": Cargo.lr_range,
    "error": Cargo.error,
}


class Supervisor:
    """`draining` is asked between shipments: true means that this worker is to end soon.

    `threads` is for a job that never ran: one that goes on keeps the number that it began with, because the order in
    which sums are rounded follows from it.
    """

    def __init__(self, jobs: Jobs, settings: Settings, claim: Claim, threads: int, draining: Any) -> None:
        self._jobs, self._settings, self._claim, self._draining = jobs, settings, claim, draining
        self._threads = threads
        self._files = JobFiles.of(settings.home, claim.job_id)
        self._cargo = Cargo(self._files.series)
        self._error: dict[str, Any] | None = None
        self._stop_asked: float | None = None  # monotonic

    def run(self) -> None:
        """Returns when the job is not this worker's any more, whatever its end; the trainer is gone then."""
        job = self._jobs.get(self._claim.job_id)
        self._files.folder.mkdir(parents=True, exist_ok=True)
        self._files.spec.write_text(json.dumps(job.body["spec"]))
        trainer = Trainer(
            self._files.spec,
            files.datasets(self._settings.home),
            self._files.folder,
            self._files.log,
            job.threads or self._threads,
        )
        try:
            code = self._watch(trainer)
            self._finish(code)
        except LeaseLost as lost:
            LOG.warning("%s", lost)
        finally:
            trainer.kill()
            trainer.wait()

    def _watch(self, trainer: Trainer) -> int:
        """Until the trainer has ended; its exit status."""
        ended = False
        while not ended:
            rows = trainer.heard(SHIP_SECONDS)
            ended = CLOSED in rows
            for row in rows:
                self._cargo.load(row)
            self._error = self._cargo.fields.pop("error", self._error)
            self._obey(self._ship(), trainer)
            if not ended:
                time.sleep(max(0.0, SHIP_SECONDS / 2))  # several rows a shipment
        return trainer.wait()

    def _ship(self) -> State | None:
        """The job's state, or None while the store is away."""
        cargo = self._cargo
        offset = (cargo.first_step - 1) * RECORD.itemsize
        try:
            state = self._jobs.report(
                self._claim,
                self._settings.lease_seconds,
                offset,
                bytes(cargo.records),
                cargo.fields,
                cargo.evaluations,
            )
        except RedisError as error:
            LOG.warning(
                "The store is away, %d batches wait: %s", len(cargo.records) // RECORD.itemsize, error
            )
            return None
        cargo.shipped()
        return state

    def _obey(self, state: State | None, trainer: Trainer) -> None:
        wanted = state in (State.CANCELLING, State.PAUSING) or self._draining()
        if not wanted:
            return
        if self._stop_asked is None:
            self._stop_asked = time.monotonic()
            trainer.stop()
        elif (
            state == State.CANCELLING
            and time.monotonic() - self._stop_asked > self._settings.cancel_grace_seconds
        ):
            trainer.kill()

    def _finish(self, code: int) -> None:
        """Says the end to the store, for as long as it takes to be heard."""
        while True:
            try:
                if not self._cargo.is_empty:
                    self._ship()
                state = self._say_end(code)
                LOG.info("%s is %s", self._claim.job_id, state)
                return
            except RedisError as error:
                LOG.warning("The store is away, the end of %s waits: %s", self._claim.job_id, error)
                time.sleep(1)

    def _say_end(self, code: int) -> State:
        if code == 0:
            return self._jobs.finish(self._claim, "succeeded", "trained")
        if self._error:
            error = {**self._error, "log": self._files.last_lines(LOG_LINES)}
            return self._jobs.finish(self._claim, "failed", self._error["code"], error)
        if code == STOPPED or self._stop_asked is not None:
            return self._jobs.finish(
                self._claim, "stopped", "worker is stopping" if self._draining() else "as asked"
            )
        return self._jobs.crash(self._claim, self._settings.max_attempts, *self._crash(code))

    def _crash(self, code: int) -> tuple[str, dict[str, Any]]:
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"
        hint = (
            "The log says more. SIGKILL is often the system short of memory: lower batch_size or image_size."
        )
        message = f"the trainer {how}"
        log = self._files.last_lines(LOG_LINES)
        return message, {"code": "crashed", "message": message, "hint": hint, "retryable": True, "log": log}
