"""Kills a process at each system call that changes what is on the disk, one after another. Linux only."""

import ctypes
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

TRACEME, SYSCALL, SETOPTIONS = 0, 24, 0x4200  # requests of ptrace(2), on every architecture
EXITKILL = 0x100000  # no traced child outlives its tracer
LIBC = ctypes.CDLL(None, use_errno=True)


def deaths(folder: Path, prepare: Callable[[], None], act: Callable[[], None]) -> Iterator[int]:
    """Prepares, and yields n after `act`, in a child, was killed at the n-th moment that matters, from 0.

    Those are the first system call, and each that left something else below `folder` than the one before it: whoever is
    killed in between leaves the same. The last that it yields is of the child that came to its end. RuntimeError when
    `act` failed by itself. It must use no threads but its own: a fork has no other.
    """
    n, killed = 0, True
    while killed:
        prepare()
        killed = _is_killed(act, folder, n)
        yield n
        n += 1


def permitted(folder: Path) -> bool:
    """Whether this process may trace another."""
    if sys.platform != "linux":
        return False
    try:
        return _is_killed(lambda: None, folder, 0)
    except OSError:
        return False


def _is_killed(act: Callable[[], None], folder: Path, changes: int) -> bool:
    """At the first stop after so many changes; False when it ended before."""
    child = _fork()
    if child == 0:
        _act_traced(act)
    _, status = os.waitpid(child, 0)
    if not os.WIFSTOPPED(status):
        raise PermissionError("a child may not be traced")
    _ptrace(SETOPTIONS, child, EXITKILL)
    before = _content(folder)
    while os.WIFSTOPPED(status):
        _ptrace(SYSCALL, child)  # to the next stop, before or after a system call
        _, status = os.waitpid(child, 0)
        now = _content(folder)
        changes, before = changes - (now != before), now
        if changes == 0 and os.WIFSTOPPED(status):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return True
    if status:
        raise RuntimeError("what was to be killed failed by itself; see standard error")
    return False


def _content(folder: Path) -> dict[str, bytes]:
    """Of every file below it."""
    found: dict[str, bytes] = {}
    for where, folders, files in os.walk(folder):
        found |= {os.path.join(where, name): b"" for name in folders}  # noqa: PTH118
        for name in files:
            path = os.path.join(where, name)  # noqa: PTH118, a third of the time of a Path
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123
                found[path] = file.readall()
    return found


def _fork() -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():  # of other threads: the child takes none of their locks
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _act_traced(act: Callable[[], None]) -> None:
    """The child: never returns."""
    try:
        _ptrace(TRACEME, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        act()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


def _ptrace(request: int, child: int, data: int = 0) -> None:
    null = ctypes.c_void_p(None)
    if LIBC.ptrace(ctypes.c_long(request), ctypes.c_long(child), null, ctypes.c_void_p(data)) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")
