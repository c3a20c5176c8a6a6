"""Memory as the fast tier: what is free, what a version takes, and how it gets there.

A version is read from disk by a process of its own, which writes it into a pipe: RocksDB leaves
threads behind in whoever opens it, and a process with threads must not fork workers.
"""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Never

from pyoxigraph import RdfFormat, Store, parse

from urbansdg.sandbox.process_facts import address_space, die_with

BYTES_PER_QUAD: Final = 440
"""What a quad takes in pyoxigraph's memory store: 432 bytes, measured on a million of ours."""

_OWN: Final = 1 << 28  # address space, not memory, that the parser and the allocator take
_CGROUP: Final = Path("/sys/fs/cgroup")


class NotHeld(Exception):
    """The version could not be brought into memory; the text says why."""


def free_memory() -> int:
    """Return the bytes that may still be taken: on the machine, or in the container if less."""
    lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    available = next(line.split()[1] for line in lines if line.startswith("MemAvailable"))
    free = int(available) << 10
    with suppress(OSError, ValueError):  # no control group, or one without a limit ("max")
        limit = int((_CGROUP / "memory.max").read_text("ascii"))
        free = min(free, limit - int((_CGROUP / "memory.current").read_text("ascii")))
    return max(free, 0)


def hold(path: Path, triples: int, limit: int) -> Store:
    """Return a store in memory with the `triples` quads of the version at `path`.

    It may take `limit` bytes; blank nodes keep their names. Raises `NotHeld`. The process has no
    more threads afterwards than before.
    """
    store = Store()
    reading, writing = os.pipe()
    reader = _forked_reader(path, reading, writing)
    os.close(writing)
    try:
        with _bounded(limit):
            store.bulk_extend(parse(path=f"/dev/fd/{reading}", format=RdfFormat.N_QUADS))
    except (SyntaxError, OSError, MemoryError) as error:
        raise NotHeld(str(error)) from error
    finally:
        os.close(reading)  # where it has not written all, it ends now
        os.waitpid(reader, 0)
    if len(store) != triples:
        raise NotHeld(f"{len(store)} of {triples} statements were read")
    return store


def _forked_reader(path: Path, reading: int, writing: int) -> int:
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _read(path, writing, parent)
    return child


def _read(path: Path, writing: int, parent: int) -> Never:
    """Write a version into a pipe and end; the engine's complaint is that a pipe cannot sync."""
    try:
        die_with(parent)
        Store.read_only(str(path)).dump(f"/dev/fd/{writing}", RdfFormat.N_QUADS)
    except OSError:
        pass  # whether all of it came is seen by counting
    finally:
        os._exit(0)


@contextmanager
def _bounded(limit: int) -> Iterator[None]:
    """Let the process take `limit` more bytes than it has; then it fails, or ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (address_space() + _OWN + limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
