"""How much of the cores a process gets where others want them too. No torch."""

import os
from contextlib import suppress
from pathlib import Path

AUTOGROUP = Path("/proc/self/autogroup")  # sched(7): cores may be shared out among sessions first


def give_way(niceness: int) -> None:
    """Sets it for this process, and for its session where it leads one; never lowers it."""
    os.nice(max(0, niceness - os.nice(0)))
    if os.getsid(0) == os.getpid():
        with suppress(OSError):  # elsewhere there are no such groups
            AUTOGROUP.write_text(str(niceness))
