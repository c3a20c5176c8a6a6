"""What the running process may use, and what it uses, by setrlimit(2), getrusage(2) and /proc.

The limit on memory is one on address space (RLIMIT_AS): the kernel enforces no other. Python turns
a refused allocation into MemoryError; the allocators of Rust and C++ abort the process.
"""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def set_memory_limit(most: int) -> None:
    """Let the process take `most` bytes of address space in all, or less where its parent did.

    The hard limit stays, so that a later call may allow more.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


@contextmanager
def more_memory(extra: int) -> Iterator[None]:
    """Let the process take `extra` bytes of address space beyond what it has, within the block."""
    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    set_memory_limit(address_space() + extra)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))


def set_processor_time(seconds: float) -> None:
    """End the process by SIGPROF when it has used so much processor time from now; 0 is no limit.

    RLIMIT_CPU counts whole seconds from the start of the process, so it cannot limit one query.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)


def set_open_files(most: int) -> None:
    """Let the process have `most` files open at once, or fewer where it may not have so many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def allow_open_files(most: int) -> int:
    """Raise the soft limit on open files to `most` at most; return how many may be open now.

    Programs are given a soft limit of 1,024 for the sake of select(2), which nothing here uses.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < most:
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return most if soft == resource.RLIM_INFINITY else soft


def forbid_core_dumps() -> None:
    """Leave no core dump: it would have the data of clients, and takes seconds to write."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def address_space() -> int:
    """Return the bytes of address space that the process has taken."""
    return _statm(0)


def resident_memory() -> int:
    """Return the bytes of memory that the process holds, shared pages included."""
    return _statm(1)


def peak_memory() -> int:
    """Return the most memory that the process has held so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def thread_count() -> int:
    """Return how many threads the process has."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def _statm(field: int) -> int:
    pages = Path("/proc/self/statm").read_text("ascii").split()[field]
    return int(pages) * resource.getpagesize()
