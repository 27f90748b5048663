"""Connections to Redis that fail in seconds rather than hang."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import OutOfMemoryError, RedisError
from redis.retry import Retry

from store import files, keys
from store.settings import settings

TIMEOUT_SECONDS = 2.0


def connect() -> Redis:
    """No hidden retries: a repeated write is the caller's decision (redis-py's default is ten). RuntimeError."""
    return Redis.from_url(
        url(),
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=15,
    )


def url() -> str:
    """As it is set, or that of the private Redis which `make up` has started. RuntimeError."""
    configured, embedded = settings().redis_url, files.redis_url(settings().home)
    if configured or embedded.exists():
        return configured or embedded.read_text()
    raise RuntimeError("TRAINSHED_REDIS_URL is not set: start with `make up`, which brings its own Redis")


def probe(redis: Redis) -> None:
    """A write, which fails before reads do: on a full disk or at maxmemory. RedisError."""
    redis.set(keys.PROBE, "1", ex=60)


def ailment(error: RedisError) -> str:
    """What is wrong with the store, in words for people."""
    if isinstance(error, OutOfMemoryError):
        return "the store has reached its maxmemory: raise it, or delete jobs"
    if "MISCONF" in str(error):
        return "the store cannot write to its disk: free some space, it goes on by itself"
    return "the store is away"
