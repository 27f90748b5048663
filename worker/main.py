"""The Celery worker that trains: `celery -A worker.main worker`."""

import platform

from redis import Redis
from redis.exceptions import RedisError

from model.hardware.machine import Machine
from store.connection import connect
from store.datasets import Imports
from store.jobs import Jobs
from store.predictions import Predictions
from store.settings import settings
from store.states import State
from worker import machine
from worker.calibration import Calibration
from worker.station import Station
from worker.training import Training


class Trainings(Station):
    """While it has nothing to do it measures how fast its machine trains."""

    _calibration: Calibration | None = None

    def measured(self) -> Machine | None:
        return self._calibration.machine if self._calibration else None

    def begin(self) -> None:
        redis = connect()
        self._calibration = Calibration(
            settings().home, platform.node(), machine.cores(), lambda: self._is_busy(redis)
        )
        self._calibration.start()

    def end(self) -> None:
        if self._calibration:
            self._calibration.end()

    def _is_busy(self, redis: Redis) -> bool:
        """A store that is away may hold a waiting job. Imports and predictions would disturb the measurement."""
        try:
            waiting = Jobs(redis).count(State.QUEUED)
            waiting += sum(kind(redis).count(State.RUNNING) for kind in (Imports, Predictions))
        except RedisError:
            return True
        return self.job is not None or waiting > 0


app = Trainings(Jobs, Training).app
