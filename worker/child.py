"""The process that does the work, seen from its supervisor: started, listened to, asked to stop, killed."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

Row = dict[str, Any]


class Child:
    """A command in a session of its own; its log goes to a file, its rows, JSON lines, into a queue.

    A thread empties the pipe all the time, so that a store that is slow or away never makes the work wait.
    The process ends by itself when its standard input closes, which is when this process is gone.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.rows: queue.SimpleQueue[Row] = queue.SimpleQueue()
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                start_new_session=True,
            )
        assert self._process.stdout is not None
        self._listener = threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        self._listener.start()

    def _listen(self, pipe: IO[bytes]) -> None:
        for line in pipe:
            with contextlib.suppress(ValueError):  # the half line of a process that was killed
                self.rows.put(json.loads(line))

    def heard(self, seconds: float) -> list[Row]:
        """What was said, waiting for it `seconds` at most."""
        rows = []
        with contextlib.suppress(queue.Empty):
            rows.append(self.rows.get(timeout=seconds))
            while True:
                rows.append(self.rows.get_nowait())
        return rows

    def stop(self) -> None:
        """Ask it to finish the batch, save and end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def ended(self) -> int | None:
        """The exit status, negative for a signal, once every row is to be heard; None before."""
        code = self._process.poll()
        return None if code is None else self.wait()

    def wait(self) -> int:
        """The exit status, after every row was put into the queue."""
        code = self._process.wait()
        self._listener.join()
        if self._process.stdin:
            self._process.stdin.close()
        return code

    def _signal(self, number: int) -> None:
        """To the whole session, decoders included."""
        with contextlib.suppress(ProcessLookupError):
            if self._process.poll() is None:
                os.killpg(self._process.pid, number)
