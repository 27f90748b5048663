"""Connections to Redis that fail in seconds rather than hang."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from store.settings import settings

TIMEOUT_SECONDS = 2.0


def connect() -> Redis:
    """No hidden retries: a repeated write is the caller's decision (redis-py's default is ten)."""
    url = settings().redis_url
    if not url:
        raise RuntimeError("TRAINSHED_REDIS_URL is not set: start with `make up`, which brings its own Redis")
    return Redis.from_url(
        url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=15,
    )
