"""Waits until servers are idle after a version was published.

A server computes history, counts and dumps in processes of low priority during the first minutes;
on a machine with few cores they would disturb the measurements.
"""

import os
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from benchmarks.worker_cost import children

_LOOK = 1.0  # seconds; a server starts its maintenance within two
_LOOKS = 4
_AT_REST = 0.05  # share of a core
_TICK = 1 / os.sysconf("SC_CLK_TCK")


def wait_until_idle(servers: Collection[int], seconds: float = 1800) -> None:
    """Wait until the servers, given by process id, have been idle for some seconds."""
    deadline, quiet, before = time.monotonic() + seconds, 0, spent(servers)
    while quiet < _LOOKS:
        if time.monotonic() > deadline:
            raise TimeoutError("the servers did not become idle")
        time.sleep(_LOOK)
        now = spent(servers)
        used = sum(spent - before.get(process, 0) for process, spent in now.items())
        quiet, before = quiet + 1 if used < _AT_REST * _LOOK * len(servers) else 0, now


def spent(servers: Collection[int]) -> Mapping[int, float]:
    """Return the processor time of the servers and all their child processes, by process id."""
    return {pid: _seconds(pid) for server in servers for pid in _family(server)}


def _family(process: int) -> Iterator[int]:
    yield process
    for child in children(process):
        yield from _family(child)


def _seconds(process: int) -> float:
    """Return the processor time of a process, 0 if it has ended (proc(5), stat)."""
    try:
        counters = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return 0
    return _TICK * (int(counters[11]) + int(counters[12]))
