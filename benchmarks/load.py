"""Load on a server, by wrk (https://github.com/wg/wrk; Debian has it): so many clients at once."""

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

_SCRIPT = Path(__file__).with_name("post.lua")
_SLOWEST = 60


@dataclass(frozen=True)
class Measured:
    """What was seen: answers a second, the median time of one in milliseconds, and failures."""

    rate: float
    median: float
    failures: int


def first_answer(endpoint: str, query: str) -> float:
    """Return the seconds of the second time that a query is asked; the first one warms up."""
    headers = {"Content-Type": "application/sparql-query"}
    for _ in range(2):
        began = time.perf_counter()
        httpx.post(endpoint, content=query, headers=headers, timeout=120).raise_for_status()
    return time.perf_counter() - began


def load(
    endpoint: str, queries: Path, clients: int, seconds: int, script: Path = _SCRIPT
) -> Measured:
    """Have clients post queries, a line each, one after the other, for a time.

    Another script of wrk may make other requests of the lines.
    """
    command = ("wrk", "-t1", f"-c{clients}", f"-d{seconds}s", f"--timeout={_SLOWEST}s")
    done = subprocess.run(
        (*command, "-s", str(script), endpoint, "--", str(queries)),
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout.rpartition("RESULT ")[2])
    return Measured(told["answers"] / told["seconds"], told["median"] / 1000, told["failures"])
