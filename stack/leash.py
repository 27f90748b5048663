"""Becomes the command it is given, and dies with its parent: `python leash.py PARENT COMMAND...`.

`Popen(preexec_fn=...)` could do the same, but is unsafe once a thread exists. Only Linux can ask for a
signal at the parent's death; elsewhere the next start ends what a killed stack left behind (`home.py`).
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>; survives execve, not fork


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before prctl was called
            sys.exit("the parent is gone")
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and execve would hand that on
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
