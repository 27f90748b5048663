"""A Celery worker for one kind of work: it hears the doorbell and does what is next in the queue, one at a time."""

import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Any

from celery import signals
from redis import Redis
from redis.exceptions import RedisError

from model.errors import is_full
from model.hardware.machine import Machine
from store import doorbell
from store.archive import Archive
from store.connection import connect
from store.errors import LeaseLost
from store.record import Claim
from store.settings import Settings, settings
from store.work import Work
from worker.errand import Errand
from worker.reaper import Reaper
from worker.supervisor import FULL_REST_SECONDS, Supervisor

LOG = logging.getLogger(__name__)


class Station:
    """`app` is for `celery -A`. The task is a supervisor without torch; what it starts is a process of its own."""

    def __init__(self, kind: type[Work[Any]], errand: Callable[[Redis, Settings, Claim], Errand]) -> None:
        self._kind, self._errand = kind, errand
        self.job: str | None = None  # in its hands
        self._name = ""
        self._draining = threading.Event()
        self._reaper: Reaper | None = None
        self.app = doorbell.celery(kind.KEYS)
        self.app.conf.update(worker_pool="threads", worker_concurrency=1)
        self.app.task(name=doorbell.TASK)(self._do_next)
        signals.setup_logging.connect(_log, weak=False)
        signals.worker_ready.connect(self._begin, weak=False)
        signals.worker_shutting_down.connect(self._drain, weak=False)
        signals.worker_shutdown.connect(self._leave, weak=False)

    def measured(self) -> Machine | None:
        """How fast this machine trains, if somebody has measured it."""
        return None

    def begin(self) -> None:
        """As soon as the worker is up."""

    def end(self) -> None:
        """Just before it is gone."""

    def _do_next(self) -> None:
        """Claims the first of the queue and sees it to its end; rings again while there are more."""
        redis = connect()
        try:
            work = self._kind(redis)
            claim = None if self._draining.is_set() else work.claim_next(self._name, settings().lease_seconds)
            if claim is None:
                return
            LOG.info("%s claimed, attempt %d", claim.job_id, claim.token)
            self.job = claim.job_id
            archive = Archive(redis, settings().home, self._kind)
            archive.try_to_keep(claim.job_id)
            self._see_to_its_end(redis, work, claim)
            archive.try_to_keep(claim.job_id)
            if not self._draining.is_set():
                doorbell.ring(self.app)
        except RedisError as error:
            LOG.warning("The store is away, the reaper will ring again: %s", error)
        finally:
            self.job = None
            redis.close()

    def _see_to_its_end(self, redis: Redis, work: Work[Any], claim: Claim) -> None:
        """A fault of ours counts as a crash: it is tried again, and not for ever. A full disk is no fault."""
        try:
            errand = self._errand(redis, settings(), claim)
            Supervisor(work, settings(), claim, errand, self._draining.is_set).run()
        except RedisError:
            raise
        except Exception as error:
            LOG.exception("%s could not be supervised", claim.job_id)
            with contextlib.suppress(LeaseLost):
                _give_back(work, claim, error)

    def _begin(self, sender: Any, **_: Any) -> None:
        self._name = sender.hostname
        self._reaper = Reaper(
            connect(), self.app, settings(), self._kind, self._name, lambda: self.job, self.measured
        )
        self._reaper.start()
        self.begin()

    def _drain(self, **_: Any) -> None:
        """The process saves and ends, its job goes back into the queue, and Celery's own shutdown waits for that."""
        self._draining.set()

    def _leave(self, **_: Any) -> None:
        self.end()
        if self._reaper:
            self._reaper.end()


def _give_back(work: Work[Any], claim: Claim, error: Exception) -> None:
    message = f"the worker could not run it: {error}"
    if isinstance(error, OSError) and is_full(error):
        work.finish(claim, "stopped", message, rest_seconds=FULL_REST_SECONDS)
        return
    told = {"code": "worker", "message": message, "hint": "The worker's log says more.", "retryable": True}
    work.crash(claim, settings().max_attempts, message, {**told, "log": []})


def _log(**_: Any) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
