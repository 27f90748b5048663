"""`python -m store` (`make rebuild`): gives a Redis that has lost its records those that the disk has kept."""

import sys
from typing import Any

from redis.exceptions import RedisError

from store.archive import Archive
from store.connection import connect
from store.datasets import Imports
from store.jobs import Jobs
from store.settings import settings
from store.work import Work

KINDS: dict[type[Work[Any]], str] = {Imports: "data sets", Jobs: "jobs"}


def main() -> int:
    def tell(done: int, of: int) -> None:
        print(f"\r{done} of {of} read", end="" if done < of else "\n", file=sys.stderr, flush=True)

    home = settings().home
    for kind, called in KINDS.items():
        try:
            restored = Archive(connect(), home, kind).rebuild(tell)
        except (RedisError, RuntimeError) as error:
            print(f"Redis cannot be reached: {error}", file=sys.stderr)
            return 1
        print(f"{restored} {called} of {home / kind.FILES.PLACE} were missing in Redis and are back")
    return 0


if __name__ == "__main__":
    sys.exit(main())
