"""Starts a program that is told to stop when its parent dies, however it dies: `python leash.py PARENT_PID program …`.

On Linux the kernel does it; elsewhere the program is simply started.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Put the leash on and become the program."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("the parent has gone already")
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
