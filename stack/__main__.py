"""`python -m stack` (`make up`): Trainshed on one machine, in the foreground, until Ctrl-C."""

import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from stack.address import Address, free_address
from stack.errors import NoRedis, NotReady, StackError
from stack.home import held, publish
from stack.processes import redis_process, rooms
from stack.redis import answers, private_redis
from stack.supervisor import Supervisor
from store.settings import Settings

READY_SECONDS = 240.0  # the first import of torch after an installation can take a minute by itself
TICK = 0.1

say = partial(print, flush=True)


class Stop:
    """True once a signal asked the stack to stop; a second one asks it to hurry."""

    def __init__(self) -> None:
        self.asked = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def __bool__(self) -> bool:
        return self.asked > 0

    def hurry(self) -> bool:
        return self.asked > 1

    def _ask(self, *_: Any) -> None:
        self.asked += 1


def main() -> int:
    try:
        settings = Settings()
    except ValidationError as error:
        print(_one_line(error), file=sys.stderr)
        return 2
    try:
        with held(settings.home) as state:
            _serve(settings, state, Stop())
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _serve(settings: Settings, state: Path, stop: Stop) -> None:
    address = free_address(settings.host, settings.port)
    environ = {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "TRAINSHED_HOME": str(settings.home),
        "TRAINSHED_PORT": str(address.port),
    }
    supervisor = Supervisor(environ, settings.home / "logs", partial(publish, state, address.url), say)
    try:
        _start(settings, address, supervisor, stop)
        if not stop:
            say(
                f"Trainshed is ready: {address.url}  "
                f"(data: {settings.home}, docs: {address.url}/docs; Ctrl-C stops)"
            )
        while not stop:
            supervisor.mend()
            time.sleep(TICK)
    finally:
        say("Stopping; the job that runs now is handed back.")
        supervisor.stop(stop.hurry)
    say("Stopped.")


def _start(settings: Settings, address: Address, supervisor: Supervisor, stop: Stop) -> None:
    """Redis first, since the others talk to it from their first second; then all of them at once."""
    say(f"Trainshed is starting (logs: {settings.home / 'logs'})")
    if settings.redis_url:
        url = settings.redis_url
        if not answers(url):
            raise NoRedis("The Redis named in TRAINSHED_REDIS_URL does not answer.")
    else:
        program, configuration, url = private_redis(settings.home, free_address("127.0.0.1", 0).port)
        supervisor.start(redis_process(program, configuration))
        _wait(lambda: answers(url), lambda: "Redis does not answer", supervisor, stop)
    for process in rooms(address.port):
        if not stop:
            supervisor.start(process, {"TRAINSHED_REDIS_URL": url})
    _wait(lambda: address.readiness()[0] == 200, lambda: address.readiness()[1], supervisor, stop)


def _wait(ready: Callable[[], bool], why: Callable[[], str], supervisor: Supervisor, stop: Stop) -> None:
    """Returns when ready, or when asked to stop. Raises ChildFailed, NotReady."""
    deadline = time.monotonic() + READY_SECONDS
    while not stop and not ready():
        supervisor.check()
        if time.monotonic() > deadline:
            raise NotReady(f"Trainshed did not become ready within {READY_SECONDS:.0f} s: {why()}")
        time.sleep(TICK)


def _one_line(error: ValidationError) -> str:
    """`TRAINSHED_PORT: Input should be ... (got 'x')`; secrets are not among what is shown."""
    return "; ".join(
        ": ".join(
            [
                *(f"TRAINSHED_{part}".upper() for part in each["loc"][:1]),
                each["msg"].removeprefix("Value error, "),
            ]
        )
        for each in error.errors(include_url=False, include_input=False)
    )


if __name__ == "__main__":
    sys.exit(main())
