"""Facts of the running process, as Linux has them in /proc and prctl(2)."""

import ctypes
import os
import resource
import signal
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(0)


def address_space() -> int:
    """Return the bytes of address space that the process has taken."""
    return _statm(0)


def resident_memory() -> int:
    """Return the bytes of memory that the process holds, those it shares too."""
    return _statm(1)


def thread_count() -> int:
    """Return how many threads the process has."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def _statm(field: int) -> int:
    pages = Path("/proc/self/statm").read_text("ascii").split()[field]
    return int(pages) * resource.getpagesize()
