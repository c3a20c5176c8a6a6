"""The cost of our workers: the memory of each, and the time until a killed one is replaced."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers.own_servers import Peer

_PATIENCE = 30.0


@dataclass(frozen=True)
class Cost:
    """Memory in bytes: of the zygote that forks the workers, of a worker, and its private part.

    `replaced` is the time from the kill of a worker to the fork of its successor, in milliseconds.
    """

    zygote: int
    worker: int
    private: int
    replaced: float


def cost_of(peer: Peer) -> Cost:
    """Return the current cost of our server's workers; one of them is killed to measure it."""
    families = {zygote: set(children(zygote)) for zygote in children(peer.process)}
    zygote = max(families, key=lambda server: len(families[server]))
    worker = min(families[zygote])
    private = sum(_memory(worker, f"Private_{kind}") for kind in ("Clean", "Dirty"))
    resident = _memory(worker, "Rss")
    return Cost(_memory(zygote, "Rss"), resident, private, _replacement_time(zygote, worker))


def _replacement_time(zygote: int, worker: int) -> float:
    before = set(children(zygote))
    began = time.perf_counter()
    os.kill(worker, signal.SIGKILL)
    while not set(children(zygote)) - before:
        if time.perf_counter() - began > _PATIENCE:
            raise TimeoutError("the worker was not replaced")
    return 1000 * (time.perf_counter() - began)


def _memory(process: int, field: str) -> int:
    """Return a total over the memory mappings of a process, in bytes (proc(5), smaps)."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def children(process: int) -> Iterator[int]:
    """Yield the child processes of a process."""
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            yield from (int(child) for child in task.read_text("ascii").split())
