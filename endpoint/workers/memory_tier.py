"""Memory as the fast tier: what is free, what a version takes, and how it gets there.

A version is read from disk by a process of its own, which writes it into a pipe: RocksDB leaves
threads behind in the process that opens it, and a process with threads must not fork workers.
"""

import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from pyoxigraph import RdfFormat, Store, parse

from urbansdg.sandbox.forked_process import fork
from urbansdg.sandbox.resource_limits import more_memory

BYTES_PER_QUAD: Final = 440
"""Bytes that a quad takes in pyoxigraph's memory store: 432, measured on a million of our quads."""

_OWN: Final = 1 << 28  # address space, not memory, that the parser and the allocator take
_CGROUP: Final = Path("/sys/fs/cgroup")


class NotInMemory(Exception):
    """The version could not be read into memory; the text says why."""


def free_memory() -> int:
    """Return the bytes of memory that are free: on the machine, or in the container if fewer."""
    lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    available = next(line.split()[1] for line in lines if line.startswith("MemAvailable"))
    free = int(available) << 10
    with suppress(OSError, ValueError):  # no control group, or one without a limit ("max")
        limit = int((_CGROUP / "memory.max").read_text("ascii"))
        free = min(free, limit - int((_CGROUP / "memory.current").read_text("ascii")))
    return max(free, 0)


def hold(path: Path, stored: int, limit: int) -> Store:
    """Return a store in memory with the `stored` quads of the version at `path`, merge and all.

    It may take `limit` bytes; blank nodes keep their names. The process has as many threads
    afterwards as before. Raises `NotInMemory`.
    """
    store = Store()
    reading, writing = os.pipe()
    reader = fork(partial(_read, path, reading, writing))
    os.close(writing)
    try:
        with more_memory(_OWN + limit):
            store.bulk_extend(parse(path=f"/dev/fd/{reading}", format=RdfFormat.N_QUADS))
    except (SyntaxError, OSError, MemoryError) as error:
        raise NotInMemory(str(error)) from error
    finally:
        os.close(reading)  # where it has not written all, it ends now
        reader.wait()
    if len(store) != stored:
        raise NotInMemory(f"{len(store)} of {stored} statements were read")
    return store


def _read(path: Path, reading: int, writing: int) -> None:
    """Write a version into a pipe, in a fork."""
    os.close(reading)
    with suppress(OSError):  # a pipe cannot be synced; counting shows whether all of it came
        Store.read_only(str(path)).dump(f"/dev/fd/{writing}", RdfFormat.N_QUADS)
