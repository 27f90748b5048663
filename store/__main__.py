"""`python -m store` (`make rebuild`): gives a Redis that has lost its records those that the disk has kept."""

import sys

from redis.exceptions import RedisError

from store.archive import Archive
from store.connection import connect
from store.settings import settings


def main() -> int:
    def tell(done: int, of: int) -> None:
        print(f"\r{done} of {of} jobs read", end="" if done < of else "\n", file=sys.stderr, flush=True)

    home = settings().home
    try:
        restored = Archive(connect(), home).rebuild(tell)
    except (RedisError, RuntimeError) as error:
        print(f"Redis cannot be reached: {error}", file=sys.stderr)
        return 1
    print(f"{restored} jobs of {home / 'jobs'} were missing in Redis and are back")
    return 0


if __name__ == "__main__":
    sys.exit(main())
