"""Less memory for some processes than the machine has: a memory cgroup, of Linux's first or second kind."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.environment import say

# Where groups are made and the file that bounds one: anonymous memory and page cache together.
HIERARCHIES = (
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
    (Path("/sys/fs/cgroup"), "memory.max"),
)


@contextmanager
def limited(size: int) -> Iterator[Path | None]:
    """The file to which a process writes its number to be held to `size` bytes; None, and said, where that cannot be.

    All that joined must have ended when the block ends.
    """
    parent, bound = next((each for each in HIERARCHIES if each[0].is_dir()), HIERARCHIES[-1])
    group = parent / f"trainshed-benchmark-{os.getpid()}"
    try:
        with suppress(OSError):  # the second kind has to be told, where it is not so already
            (parent / "cgroup.subtree_control").write_text("+memory")
        group.mkdir()
    except OSError as error:
        say(f"nothing is measured with less memory: no memory cgroup can be made here ({error})")
        yield None
        return
    try:
        yield _bounded(group, bound, size)
    finally:
        group.rmdir()


def _bounded(group: Path, bound: str, size: int) -> Path | None:
    try:
        (group / bound).write_text(str(size))
    except OSError as error:
        say(f"nothing is measured with less memory: it cannot be bounded here ({error})")
        return None
    return group / "cgroup.procs"
