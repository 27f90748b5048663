"""The Celery worker: `celery -A worker.main worker`. It hears the doorbell and trains what is next in the queue."""

import contextlib
import logging
import platform
import threading
from typing import Any

from celery import signals
from redis.exceptions import RedisError

from model.errors import is_full
from store import doorbell
from store.archive import Archive
from store.connection import connect
from store.errors import LeaseLost
from store.jobs import Jobs
from store.record import Claim
from store.settings import settings
from store.states import State
from store.workers import Workers
from worker import machine
from worker.calibration import Calibration
from worker.reaper import Reaper
from worker.supervisor import FULL_REST_SECONDS, Supervisor

LOG = logging.getLogger(__name__)
app = doorbell.celery()
# The task is a supervisor without torch; its trainer is a process of its own. One job at a time, in a thread.
app.conf.update(worker_pool="threads", worker_concurrency=1)

draining = threading.Event()


class Here:
    """This worker: its name, and the job in its hands."""

    name = ""
    job: str | None = None
    reaper: Reaper | None = None
    calibration: Calibration | None = None


@app.task(name=doorbell.TASK)
def train_next() -> None:
    """Claims the first job of the queue and sees it to its end; rings again while there are more."""
    redis = connect()
    try:
        jobs, threads = Jobs(redis), machine.threads(Workers(redis).alive())
        claim = None if draining.is_set() else jobs.claim_next(Here.name, settings().lease_seconds)
        if claim is None:
            return
        LOG.info("%s claimed, attempt %d", claim.job_id, claim.token)
        Here.job = claim.job_id
        archive = Archive(redis, settings().home)
        archive.try_to_keep(claim.job_id)
        _see_to_its_end(jobs, claim, threads)
        archive.try_to_keep(claim.job_id)
        if not draining.is_set():
            doorbell.ring(app)
    except RedisError as error:
        LOG.warning("The store is away, the reaper will ring again: %s", error)
    finally:
        Here.job = None
        redis.close()


def _see_to_its_end(jobs: Jobs, claim: Claim, threads: int) -> None:
    """A fault of ours counts as a crash of the job: it is tried again, and not for ever. A full disk is no fault."""
    try:
        Supervisor(jobs, settings(), claim, threads, draining.is_set).run()
    except RedisError:
        raise
    except Exception as error:
        LOG.exception("%s could not be supervised", claim.job_id)
        message = f"the worker could not run it: {error}"
        told = {
            "code": "worker",
            "message": message,
            "hint": "The worker's log says more.",
            "retryable": True,
        }
        with contextlib.suppress(LeaseLost):
            if isinstance(error, OSError) and is_full(error):
                jobs.finish(claim, "stopped", message, rest_seconds=FULL_REST_SECONDS)
            else:
                jobs.crash(claim, settings().max_attempts, message, {**told, "log": []})


@signals.setup_logging.connect
def _log(**_: Any) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")


@signals.worker_ready.connect
def _begin(sender: Any, **_: Any) -> None:
    Here.name = sender.hostname
    redis = connect()
    calibration = Here.calibration = _calibration(Jobs(connect()))
    Here.reaper = Reaper(redis, app, settings(), Here.name, lambda: Here.job, lambda: calibration.machine)
    Here.reaper.start()
    calibration.start()


def _calibration(jobs: Jobs) -> Calibration:
    def busy() -> bool:
        """A store that is away may hold a waiting job."""
        try:
            return Here.job is not None or jobs.count(State.QUEUED) > 0
        except RedisError:
            return True

    return Calibration(settings().home, platform.node(), machine.cores(), busy)


@signals.worker_shutting_down.connect
def _drain(**_: Any) -> None:
    """The trainer saves and ends, its job goes back into the queue, and Celery's own shutdown waits for that."""
    draining.set()


@signals.worker_shutdown.connect
def _leave(**_: Any) -> None:
    if Here.calibration:
        Here.calibration.end()
    if Here.reaper:
        Here.reaper.end()
