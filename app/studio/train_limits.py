"""Makes a process give way: whatever the live robot wants of processor, disk and memory, it gets first.

Run as a program (`python train_limits.py program …`) it gives way and becomes that program.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import sys
from pathlib import Path

NICEST = 19
ADDRESS_SPACE = 6 * 2**30
"""Bytes of address space for each process of a training; the biggest one takes 2.1 GB of it, and 0.9 GB of memory."""
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
_IDLE_CLASS, _THIS_PROCESS = 3 << 13, 1


def step_back() -> None:
    """Lower this process and all it will start on processor and disk. What the system does not offer is left out."""
    with contextlib.suppress(OSError):
        os.nice(NICEST - os.nice(0))
    # A session of its own is a group of its own for the scheduler, where niceness counts inside only.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICEST), "ascii")
    # Unlike niceness this lets a waking thread of the robot have the core at once.
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    if number := _IOPRIO_SET.get(platform.machine()):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).syscall(number, _THIS_PROCESS, 0, _IDLE_CLASS)


def give_way() -> None:
    """Step back, and be bounded in memory: a training must never push the robot out."""
    step_back()
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):
        # If memory runs out, the training is the first that has to go.
        Path("/proc/self/oom_score_adj").write_text("800", "ascii")


if __name__ == "__main__":
    step_back()
    os.execv(sys.argv[1], sys.argv[1:])
