"""Starts children in order, starts them again when they die, stops them in the opposite order."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from stack.child import Child
from stack.errors import ChildFailed
from stack.processes import Process


class Supervisor:
    """Has no thread: the caller's loop calls `check` while starting and `mend` ever after."""

    def __init__(
        self,
        environ: Mapping[str, str],
        logs: Path,
        changed: Callable[[Mapping[str, int]], None],
        say: Callable[[str], None],
    ) -> None:
        self._environ, self._logs, self._changed, self._say = environ, logs, changed, say
        self._children: list[Child] = []
        self._due: dict[Child, float] = {}  # dead children, and the monotonic time of their next start

    def start(self, process: Process, environ: Mapping[str, str] | None = None) -> None:
        """Adds a child; `environ` goes on top of what all children get."""
        self._children.append(Child(process, {**self._environ, **(environ or {})}, self._logs))
        self._tell()

    def check(self) -> None:
        """Raises ChildFailed if a child has ended."""
        for child in self._children:
            if child.exit_code is not None:
                raise ChildFailed(
                    f"{child.process.name} {_ending(child)} while Trainshed was starting. Its last lines:\n"
                    f"{child.last_lines()}\n    (all of them: {child.log})"
                )

    def mend(self) -> None:
        """Starts what has died, after a pause that grows from 1 s to 30 s."""
        for child in self._children:
            if child.exit_code is None:
                continue
            if child not in self._due:
                child.kill()  # what it left in its group
                delay = child.delay()
                self._due[child] = time.monotonic() + delay
                self._say(
                    f"{child.process.name} {_ending(child)}; starting it again in {delay:.0f} s ({child.log})"
                )
            elif time.monotonic() >= self._due[child]:
                try:
                    child.start()
                except OSError as error:  # no process, file or disk to be had: whoever still runs goes on
                    delay = child.delay()
                    self._due[child] = time.monotonic() + delay
                    self._say(
                        f"{child.process.name} cannot be started ({error}); trying again in {delay:.0f} s"
                    )
                    continue
                del self._due[child]
                self._tell()

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """Returns when every child has ended; none is started again."""
        while self._children:
            child = self._children.pop()
            if child not in self._due and not child.stop(hurry):
                self._say(f"{child.process.name} did not stop in time and was killed")

    def _tell(self) -> None:
        try:
            self._changed({child.process.name: child.pid for child in self._children})
        except OSError as error:  # a full disk: nothing that runs depends on it
            self._say(f"The list of processes could not be written: {error}")


def _ending(child: Child) -> str:
    code = child.exit_code or 0
    return f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
