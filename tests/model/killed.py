"""Kills a process at each system call that it makes, one after another. Linux only."""

import ctypes
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator

TRACEME, SYSCALL, SETOPTIONS = 0, 24, 0x4200  # requests of ptrace(2), on every architecture
EXITKILL = 0x100000  # no traced child outlives its tracer


def deaths(prepare: Callable[[], None], act: Callable[[], None]) -> Iterator[int]:
    """Prepares, and yields n after `act`, in a child, was killed at the n-th stop before or after a system call.

    The last that it yields is of the child that came to its end. RuntimeError when `act` itself failed. `act` must use
    no threads but its own: a fork has no other.
    """
    n, alive = 0, True
    while alive:
        n += 1
        prepare()
        alive = _runs_into_death(act, n)
        yield n


def permitted() -> bool:
    """Whether this process may trace another."""
    try:
        return sys.platform == "linux" and not _runs_into_death(lambda: None, 1)
    except OSError:
        return False


def _runs_into_death(act: Callable[[], None], n: int) -> bool:
    """False when it ended before."""
    child = _fork()
    if child == 0:
        _act_traced(act)
    _, status = os.waitpid(child, 0)
    if not os.WIFSTOPPED(status):
        raise PermissionError("a child may not be traced")
    _ptrace(SETOPTIONS, child, EXITKILL)
    for _ in range(n):
        _ptrace(SYSCALL, child)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            if os.WEXITSTATUS(status):
                raise RuntimeError("what was to be killed failed by itself; see standard error")
            return False
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


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


LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
LIBC.ptrace.restype = ctypes.c_long


def _ptrace(request: int, child: int, data: int = 0) -> None:
    if LIBC.ptrace(request, child, None, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")
