"""Memory as the fast tier: what is free, what a version takes, and how it gets there.

A version is read from disk by a process of its own, which writes it into a pipe: RocksDB leaves
threads behind in the process that opens it, and a process with threads must not fork workers. The
version after it costs what the two say of the things on which they differ.
"""

import os
import signal
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, RdfFormat, Store, parse, serialize

from urbansdg.sandbox.forked_process import fork
from urbansdg.sandbox.resource_limits import more_memory

BYTES_PER_QUAD: Final = 440
"""Bytes that a quad takes in pyoxigraph's memory store: 432, measured on a million of our quads."""

_READ_SECONDS: Final = 5
"""A fork that reads a difference for longer ends: the answer to a write waits for it."""

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
    with _written(partial(_write_all, path), 1) as (whole,), more_memory(_OWN + limit):
        store.bulk_extend(parse(path=f"/dev/fd/{whole}", format=RdfFormat.N_QUADS))
    if len(store) != stored:
        raise NotInMemory(f"{len(store)} of {stored} statements were read")
    return store


def advance(
    store: Store, old: Path, new: Path, things: Collection[str], limit: int
) -> tuple[int, int]:
    """Bring a store from the version at `old` to that at `new`, which differ on `things` alone.

    Return how many statements it added and how many it removed; all of them may take `limit` bytes.
    Raises `NotInMemory`, after which the store is of no use.
    """
    write = partial(_write_difference, old, new, things)
    with _written(write, 2) as (gone, fresh), more_memory(_OWN + limit):
        removed = list(parse(path=f"/dev/fd/{gone}", format=RdfFormat.N_QUADS))
        added = list(parse(path=f"/dev/fd/{fresh}", format=RdfFormat.N_QUADS))
        if any(quad not in store for quad in removed) or any(quad in store for quad in added):
            raise NotInMemory("it is not the version before")
        for quad in removed:
            store.remove(quad)
        store.extend(added)
    return len(added), len(removed)


@contextmanager
def _written(write: Callable[[tuple[int, ...]], None], pipes: int) -> Iterator[tuple[int, ...]]:
    """Give the ends of pipes that a fork writes into, one after the other.

    Raises `NotInMemory` where what comes cannot be read, or the fork fails.
    """
    ends = [os.pipe() for _ in range(pipes)]
    reading, writing = zip(*ends, strict=True)
    reader = fork(partial(_write, write, reading, writing))
    for end in writing:
        os.close(end)
    try:
        yield reading
    except (SyntaxError, OSError, MemoryError) as error:
        raise NotInMemory(str(error)) from error
    finally:
        for end in reading:
            os.close(end)  # where it has not written all, it ends now
        status = reader.wait()
    if status:
        raise NotInMemory(f"its reader ended with status {status}")


def _write(
    write: Callable[[tuple[int, ...]], None], reading: tuple[int, ...], writing: tuple[int, ...]
) -> None:
    """Write into pipes, in a fork."""
    for end in reading:
        os.close(end)
    write(writing)


def _write_all(path: Path, pipes: tuple[int, ...]) -> None:
    with suppress(OSError):  # a pipe cannot be synced; counting shows whether all of it came
        Store.read_only(str(path)).dump(f"/dev/fd/{pipes[0]}", RdfFormat.N_QUADS)


def _write_difference(
    old: Path, new: Path, things: Collection[str], pipes: tuple[int, ...]
) -> None:
    """Write what the old version alone says of the things, then what the new one alone says."""
    signal.alarm(_READ_SECONDS)
    before, after = Store.read_only(str(old)), Store.read_only(str(new))
    subjects = [NamedNode(thing) for thing in things]
    for here, there, pipe in ((before, after, pipes[0]), (after, before, pipes[1])):
        stated = (quad for node in subjects for quad in here.quads_for_pattern(node, None, None))
        with os.fdopen(pipe, "wb") as lines:
            serialize((quad for quad in stated if quad not in there), lines, RdfFormat.N_QUADS)
