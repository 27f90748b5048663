"""Finds what was lost: jobs whose worker fell silent, and queued jobs whose doorbell nobody heard."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from celery import Celery
from redis import Redis
from redis.exceptions import RedisError

from model.hardware.machine import Machine, physical_memory
from store import doorbell
from store.archive import Archive
from store.settings import Settings
from store.states import State
from store.work import Work
from store.workers import Worker, Workers
from worker import machine

LOG = logging.getLogger(__name__)


class Reaper(threading.Thread):
    """Runs in every worker, three times a lease; it also says that this worker is alive.

    After an outage of the store every lease has run out though every worker lives. So a reaper takes jobs only
    once it has itself reached the store for a whole lease without a break: by then the living have reported.
    """

    def __init__(
        self,
        redis: Redis,
        app: Celery,
        settings: Settings,
        kind: type[Work[Any]],
        name: str,
        job: Callable[[], str | None],
        measured: Callable[[], Machine | None],
    ):
        super().__init__(daemon=True, name="reaper")
        self._redis, self._app, self._settings = redis, app, settings
        self._work, self._workers = kind(redis), Workers(redis, kind.KEYS)
        self._archive = Archive(redis, settings.home, kind)
        self._worker_name, self._job, self._measured = name, job, measured
        self._ending = threading.Event()
        self._reached_since: float | None = None  # monotonic

    def run(self) -> None:
        while not self._ending.is_set():
            try:
                self._look()
            except RedisError as error:
                self._reached_since = None
                LOG.warning("The store is away: %s", error)
            self._ending.wait(self._settings.lease_seconds / 3)

    def end(self) -> None:
        """This worker is no longer alive, as of now."""
        self._ending.set()
        with contextlib.suppress(RedisError):
            self._workers.leave(self._worker_name)

    def _look(self) -> None:
        job = self._job()
        self._workers.announce(self._worker(job), self._settings.lease_seconds)
        now = time.monotonic()
        self._reached_since = self._reached_since or now
        if now - self._reached_since >= self._settings.lease_seconds:
            for job_id in self._work.reap():
                LOG.warning("%s was freed: its worker fell silent", job_id)
                self._archive.try_to_keep(job_id)
        if (
            job is None
            and self._work.count(State.QUEUED)
            and not doorbell.unheard(self._redis, self._work.KEYS)
        ):
            doorbell.ring(self._app)

    def _worker(self, job: str | None) -> Worker:
        measured = self._measured()
        return Worker(
            name=self._worker_name,
            memory_bytes=physical_memory(),
            cores=machine.cores(),
            machine=machine.identity(),
            job=job,
            measured=measured.model_dump(mode="json") if measured else None,
        )
