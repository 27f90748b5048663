"""The group of all commands, which turns errors into words on stderr and an exit code."""

import os
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from client.commands import exits, failure
from client.errors import TrainshedError
from client.terminal.stopped import Stopped


class Commands(TyperGroup):
    """With --json anywhere in the command line, what it says on stderr is JSON too."""

    _as_json = False

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> Any:
        self._as_json = "--json" in (sys.argv[1:] if args is None else args)
        if not self._as_json:
            return super().main(args, *rest, **options)
        try:
            code = super().main(args, *rest, **options | {"standalone_mode": False})
        except typer.TyperException as error:  # typer's own words are boxes
            code = exits.INVALID
            failure.emit("Usage", error.format_message(), code)
        sys.exit(code)

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()  # a closed pipe shows here, where it can still be quiet
            return result
        except TrainshedError as error:
            failure.tell(error, self._as_json)
            raise typer.Exit(exits.code(error)) from None
        except OSError as error:  # of stdout: a closed pipe, a full disk
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left must go somewhere
            if isinstance(error, BrokenPipeError):
                raise typer.Exit(exits.PIPE_CLOSED) from None
            failure.tell(TrainshedError(error.strerror), self._as_json)
            raise typer.Exit(exits.INVALID) from None
        except KeyboardInterrupt as error:
            self._tell_stopped(error)
            raise typer.Exit(exits.INTERRUPTED) from None

    def _tell_stopped(self, error: KeyboardInterrupt) -> None:
        if self._as_json:
            failure.emit("Interrupted", str(error) or "interrupted", exits.INTERRUPTED)
        elif isinstance(error, Stopped):
            print(error, file=sys.stderr)
