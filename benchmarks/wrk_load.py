"""Load on a server, by wrk (https://github.com/wg/wrk; Debian has it): so many clients at once."""

import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.own_servers import Peer

_SCRIPT = Path(__file__).with_name("post.lua")
_ACCEPT = "application/sparql-results+json, application/n-triples"


@dataclass(frozen=True)
class Measured:
    """What was seen: answers a second, the median time of one in milliseconds, and failures."""

    rate: float
    median: float
    failures: int


def first_answer(peer: Peer, query: str, longest: float) -> float | None:
    """Return the seconds of the second time that a query is asked; the first one warms up.

    None where an answer takes longer than `longest` seconds, or is none.
    """
    headers = {"Content-Type": peer.content_type, "Accept": _ACCEPT}
    for _ in range(2):
        began = time.perf_counter()
        try:
            told = httpx.post(
                peer.endpoint, content=peer.body(query), headers=headers, timeout=longest
            )
            told.raise_for_status()
        except httpx.HTTPError:
            return None
        took = time.perf_counter() - began
        if took > longest:
            return None
    return took


def asked_by_many(
    peer: Peer, queries: Sequence[str], clients: int, seconds: int, folder: Path
) -> Measured | None:
    """Have clients ask a server queries for a time; None where none was answered."""
    file = folder / "queries"
    file.write_text("".join(peer.body(query) + "\n" for query in queries), "utf-8")
    told = load(peer.endpoint, file, clients, seconds, peer.content_type, _ACCEPT)
    return told if told.rate else None


def load(
    endpoint: str,
    queries: Path,
    clients: int,
    seconds: int,
    *arguments: str,
    script: Path = _SCRIPT,
) -> Measured:
    """Have clients post queries, a line each, one after the other, for a time.

    Another script of wrk may make other requests of the lines; it is given the arguments too.
    """
    command = ("wrk", "-t1", f"-c{clients}", f"-d{seconds}s", f"--timeout={seconds + 1}s")
    done = subprocess.run(
        (*command, "-s", str(script), endpoint, "--", str(queries), *arguments),
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout.rpartition("RESULT ")[2])
    return Measured(told["answers"] / told["seconds"], told["median"] / 1000, told["failures"])
