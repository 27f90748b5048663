"""`python -m benchmarks.after_epoch FILE PROCS COMMAND...`: becomes a command that finds a file as an epoch leaves it.

The file is read once, from its start to its end, by a process that has joined the cgroup of PROCS, if that is not
empty: all of it stays in the page cache where there is room, and as much as there is room for elsewhere.
"""

import os
import sys
from pathlib import Path

AT_ONCE = 2**24  # bytes


def main(file: str, procs: str, *command: str) -> None:
    if procs:
        Path(procs).write_text(str(os.getpid()))
    with Path(file).open("rb", buffering=0) as opened:
        if sys.platform == "linux":
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # what others read is not ours
        while opened.read(AT_ONCE):
            pass
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
