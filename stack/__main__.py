"""`python -m stack` (`make up`): Trainshed on one machine, in the foreground, until Ctrl-C."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from model import launch
from stack.address import Address, free_address
from stack.errors import NoRedis, NotReady, PortTaken, StackError
from stack.home import held, publish
from stack.processes import redis_process, rooms
from stack.redis import answers, port_before, private_redis
from stack.supervisor import Supervisor
from store.settings import Settings, settings

READY_SECONDS = 240.0  # the first import of torch after an installation can take a minute by itself
TICK = 0.2  # seconds between two looks at the children

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
    argparse.ArgumentParser(prog="python -m stack", description=__doc__).parse_args()
    stop = Stop()
    try:
        configured = settings()
        with held(configured.home) as state:
            _serve(configured, state, stop)
    except ValidationError as error:
        print(_one_line(error), file=sys.stderr)
        return 2
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _serve(configured: Settings, state: Path, stop: Stop) -> None:
    address = free_address(configured.host, configured.port)
    environ = {
        **launch.THREADS,
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "TRAINSHED_HOME": str(configured.home),
        "TRAINSHED_PORT": str(address.port),
    }
    supervisor = Supervisor(environ, configured.home / "logs", partial(publish, state, address.url), say)
    try:
        _start(configured, address, supervisor, stop)
        if not stop:
            where = f"data: {configured.home}, docs: {address.url}/docs; Ctrl-C stops"
            say(f"Trainshed is ready: {address.url}  ({where})")
        while not stop:
            supervisor.mend()
            time.sleep(TICK)
        say("Stopping; a job that runs now is handed back. (Ctrl-C again: at once)")
    finally:
        supervisor.stop(stop.hurry)
    say("Stopped.")


def _start(configured: Settings, address: Address, supervisor: Supervisor, stop: Stop) -> None:
    """Redis first, since the others talk to it from their first second; then all of them at once."""
    say(f"Trainshed is starting (logs: {configured.home / 'logs'})")
    if configured.redis_url:
        url = configured.redis_url
        if not answers(url):
            raise NoRedis("The Redis named in TRAINSHED_REDIS_URL does not answer.")
    else:
        program, configuration, url = private_redis(configured.home, _redis_port(configured.home))
        supervisor.start(redis_process(program, configuration))
        _wait(lambda: answers(url), lambda: "Redis does not answer", supervisor, stop)
    for process in rooms(address.port):
        if not stop:
            supervisor.start(process, {"TRAINSHED_REDIS_URL": url})
    _wait(lambda: address.readiness()[0] == 200, lambda: address.readiness()[1], supervisor, stop)


def _redis_port(home: Path) -> int:
    """The one of before, so that whoever knows it finds Redis again; another where that one is taken."""
    try:
        return free_address("127.0.0.1", port_before(home)).port
    except PortTaken:
        return free_address("127.0.0.1", 0).port


def _wait(ready: Callable[[], bool], why: Callable[[], str], supervisor: Supervisor, stop: Stop) -> None:
    """Returns when ready, or when asked to stop. Raises ChildFailed, NotReady."""
    deadline = time.monotonic() + READY_SECONDS
    while not stop and not ready():
        supervisor.check()
        if time.monotonic() > deadline:
            raise NotReady(f"Trainshed did not become ready within {READY_SECONDS:.0f} s: {why()}")
        time.sleep(TICK)


def _one_line(error: ValidationError) -> str:
    """`TRAINSHED_PORT: Input should be ...`; values are not shown, a key may be among them."""
    lines = []
    for each in error.errors(include_url=False, include_input=False, include_context=False):
        where = f"TRAINSHED_{each['loc'][0]}: ".upper() if each["loc"] else ""
        lines.append(where + each["msg"].removeprefix("Value error, "))
    return "; ".join(lines)


if __name__ == "__main__":
    sys.exit(main())
