"""The doorbell: a Celery message that says "look into the queue", and nothing else.

The queue is in the store; a message that is lost, late or repeated is harmless, and the reaper rings again.
"""

import logging

from celery import Celery
from kombu.exceptions import OperationalError
from redis import Redis

from store import keys
from store.connection import url
from store.keys import Keys

TASK = "trainshed.look"
LOG = logging.getLogger(__name__)


def celery(of: Keys = keys.TRAINING) -> Celery:
    """For one kind of work; each has a doorbell of its own."""
    app = Celery("trainshed", broker=url(), set_as_current=False)
    app.conf.update(
        task_default_queue=of.doorbell,
        task_ignore_result=True,
        task_acks_late=False,  # a job outlives any message, so the message is spent when it is heard
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=True,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_hijack_root_logger=False,
        broker_connection_max_retries=None,  # for ever: the default gives up after 46 minutes
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
            "health_check_interval": 15,
        },
    )
    return app


def ring(app: Celery) -> None:
    """Never fails: the record is written already, and the reaper rings for jobs that nobody heard of."""
    try:
        app.send_task(TASK, retry=False)
    except OperationalError as error:
        LOG.warning("The doorbell did not ring, the reaper will: %s", error)


def unheard(redis: Redis, of: Keys = keys.TRAINING) -> int:
    """Messages that no worker has taken yet."""
    return int(redis.llen(of.doorbell))
