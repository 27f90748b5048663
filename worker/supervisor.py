"""One claimed job from start to end: its process is started, what it says is shipped, what is asked is passed on."""

import logging
import signal
import time
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError

from model.training.metrics import RECORD
from store.errors import LeaseLost
from store.record import Claim
from store.settings import Settings
from store.states import State
from store.work import Work
from worker.child import Child
from worker.errand import Errand

LOG = logging.getLogger(__name__)
SHIP_SECONDS = 0.25  # how far a curve may lag behind the training
LOG_LINES = 20  # of the trainer's log, kept in a failed job's error
STOPPED = 75  # the exit status of a process that was asked to stop
FULL_REST_SECONDS = 30.0  # before a job whose disk is full is tried again


class Supervisor:
    """`draining` is asked between shipments: true means that this worker is to end soon."""

    def __init__(
        self, work: Work[Any], settings: Settings, claim: Claim, errand: Errand, draining: Callable[[], bool]
    ) -> None:
        self._work, self._settings, self._claim, self._errand = work, settings, claim, errand
        self._draining, self._cargo = draining, errand.cargo
        self._stop_asked: float | None = None  # monotonic
        self._away_since: float | None = None  # monotonic

    def run(self) -> None:
        """Returns when the job is not this worker's any more, whatever its end; the process is gone then.

        RedisError, OSError, from before there was one.
        """
        child = self._errand.start()
        try:
            self._finish(self._watch(child))
        except LeaseLost as lost:
            LOG.warning("%s", lost)
        finally:
            child.kill()
            child.wait()

    def _watch(self, child: Child) -> int:
        """Until it has ended; its exit status. A process can take seconds from its last word to its end."""
        while (code := child.ended()) is None:
            for row in child.heard(SHIP_SECONDS):
                self._errand.hear(row)
            self._obey(self._ship(), child)
            time.sleep(SHIP_SECONDS / 2)  # several rows a shipment
        for row in child.heard(0):
            self._errand.hear(row)
        return code

    def _ship(self) -> State | None:
        """The job's state, or None while the store is away. LeaseLost."""
        cargo = self._cargo
        try:
            state = self._work.report(
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

    def _obey(self, state: State | None, child: Child) -> None:
        if state not in (State.CANCELLING, State.PAUSING) and not self._draining():
            return
        now = time.monotonic()
        if self._stop_asked is None:
            self._stop_asked = now
            child.stop()
        elif state == State.CANCELLING and now - self._stop_asked > self._settings.cancel_grace_seconds:
            child.kill()

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
        work, claim, error = self._work, self._claim, self._cargo.error
        if code == 0:
            self._errand.close("succeeded")
            return work.finish(claim, "succeeded", "done")
        if error and error["code"] == "disk_full":
            return work.finish(claim, "stopped", error["message"], rest_seconds=FULL_REST_SECONDS)
        if error:
            self._errand.close("failed")
            told = {**error, "log": self._errand.files.last_lines(LOG_LINES)}
            return work.finish(claim, "failed", error["code"], told)
        if code == STOPPED or self._stop_asked is not None:
            return work.finish(claim, "stopped", "worker is stopping" if self._draining() else "as asked")
        return work.crash(claim, self._settings.max_attempts, *self._crash(code))

    def _crash(self, code: int) -> tuple[str, dict[str, Any]]:
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"
        hint = f"The log says more. SIGKILL is often the system short of memory: {self._errand.LIGHTER}."
        message = f"the {self._errand.NAME} {how}"
        log = self._errand.files.last_lines(LOG_LINES)
        return message, {"code": "crashed", "message": message, "hint": hint, "retryable": True, "log": log}
