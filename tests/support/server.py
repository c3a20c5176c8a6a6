"""A real server on a free port, over a small graph in versions."""

import contextlib
import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from urbansdg.errors import Problem
from urbansdg.store import Change, GraphStore, Replacement, Source

_HERE = Path(__file__).resolve().parent
BASE = "http://example.org"
_ROWS = 20_000
BUDGETS = {"disk": "0", "memory": "1GB"}
# One client for all: each reads the certificates of the world. It keeps no connection open.
_CLIENT = httpx.Client(timeout=30, limits=httpx.Limits(max_keepalive_connections=0))


@dataclass(frozen=True)
class Server:
    """A started server: its endpoint, its process, and its log."""

    url: str
    process: subprocess.Popen[str]
    log: Path

    @property
    def sparql(self) -> str:
        """The address of the SPARQL endpoint."""
        return f"{self.url}/sparql"

    def zygotes(self) -> set[int]:
        """Return the process ids of the zygotes."""
        return children(self.process.pid)

    def workers(self) -> set[int]:
        """Return the process ids of the workers: the children of the zygotes."""
        return {worker for zygote in self.zygotes() for worker in children(zygote)}

    def ask(self, query: str, **headers: str) -> httpx.Response:
        """Send a query by GET."""
        return _CLIENT.get(self.sparql, params={"query": query}, headers=headers)

    def settle(self, tier: str) -> None:
        """Wait until every worker is of that tier."""
        health = f"{self.url}/health"
        assert eventually(lambda: httpx.get(health).json()["tier"] == tier), self.log.read_text()
        assert eventually(lambda: len(self.workers()) == httpx.get(health).json()["workers"])

    def busy(self) -> int:
        """Return how many workers of the current version evaluate a query."""
        lines = _CLIENT.get(f"{self.url}/metrics").text.splitlines()
        (value,) = (line.split()[1] for line in lines if line.startswith("urbansdg_workers_busy "))
        return int(float(value))

    def worked(self) -> float:
        """Return the seconds of processor time that the present workers have used."""
        ticks = 0
        for worker in self.workers():
            with contextlib.suppress(OSError):  # it may have ended
                text = Path(f"/proc/{worker}/stat").read_text("ascii")
                ticks += sum(map(int, text.rpartition(")")[2].split()[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self) -> int:
        """End the server with SIGTERM and return its exit status."""
        self.process.terminate()
        return self.process.wait(60)


def children(pid: int) -> set[int]:
    """Return the ids of a process's children, of all its threads; none if it has ended."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found |= {int(child) for child in task.read_text("ascii").split()}
    return found


def eventually(fact: Callable[[], bool], seconds: float = 60) -> bool:
    """Wait until something is so; False if it is not within the time."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@dataclass(frozen=True)
class Conforming:
    """The verdict on data that has no shapes."""

    conforms: bool = True
    problems: tuple[Problem, ...] = ()


def publish(folder: Path, rows: int) -> int:
    """Publish two small graphs and one of `rows` triples; return the number of the version."""
    if not folder.exists():
        GraphStore.create(folder, BASE)
    graphs = {
        "one": ['<urn:one> <http://example.org/name> "Zürich one" .'],
        "two": ['<urn:two> <http://example.org/name> "Zürich two" .'],
        "rows": [f'<urn:row:{row}> <urn:value> "number {row}" .' for row in range(rows)],
    }
    change = Change("tests", tuple(_replacement(folder, *item) for item in graphs.items()))
    return GraphStore.open(folder).publish(change, lambda _, __: Conforming()).version.number


def _replacement(folder: Path, name: str, lines: list[str]) -> Replacement:
    file = folder.parent / f"{name}.nt"
    file.write_text("\n".join([*lines, ""]), "utf-8")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return Replacement(f"{BASE}/{name}", (file,), Source(name, digest, "tests", "1"))


@contextlib.contextmanager
def started(folder: Path, log: Path, tier: str = "disk", **settings: object) -> Iterator[Server]:
    """Run a server over a data directory, from one of the tiers; end it and its workers.

    It has no cache by default: each query is to meet a worker.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {
        "data_dir": folder,
        "base": BASE,
        "port": port,
        "memory_budget": BUDGETS[tier],
    } | settings
    command = (sys.executable, str(_HERE / "serve_process.py"))
    with (
        log.open("w") as errors,
        subprocess.Popen(
            (*command, *(f"{name}={value}" for name, value in given.items())),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert url, log.read_text()
            server = Server(url, process, log)
            server.settle(tier)
            yield server
        finally:
            process.kill()


class Launch(Protocol):
    """Starts a server over a data directory, with settings; ends it with the block."""

    def __call__(
        self, folder: Path, tier: str = "disk", **settings: object
    ) -> contextlib.AbstractContextManager[Server]:
        """Start it."""


@pytest.fixture(scope="session")
def launched() -> Callable[..., contextlib.AbstractContextManager[Server]]:
    """Return the starter of servers for a module: a folder, a log, and settings."""
    return started


@pytest.fixture
def launch(tmp_path: Path) -> Launch:
    """Return the starter of servers."""

    def starter(
        folder: Path, tier: str = "disk", **settings: object
    ) -> contextlib.AbstractContextManager[Server]:
        return started(folder, tmp_path / "log", tier, **settings)

    return starter


@pytest.fixture(scope="session")
def starting() -> Callable[..., contextlib.AbstractContextManager[Server]]:
    """Return the starter of servers that last longer than a test: folder, log, settings."""
    return started


@pytest.fixture(scope="session")
def published() -> Callable[[Path, int], int]:
    """Return the maker of versions: a folder, how many rows; it gives the number."""
    return publish


@pytest.fixture(scope="session")
def soon() -> Callable[[Callable[[], bool]], bool]:
    """Return the waiter for something to be so."""
    return eventually


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data directory of a small graph."""
    made = tmp_path_factory.mktemp("data") / "graph"
    publish(made, _ROWS)
    return made


@pytest.fixture(scope="session", params=["disk", "memory"])
def tier(request: pytest.FixtureRequest) -> str:
    """Return each of the two tiers that a version is served from."""
    return str(request.param)


@pytest.fixture(scope="session")
def server(tier: str, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server with the limits that are the default."""
    log = tmp_path_factory.mktemp("log") / "log"
    with started(folder, log, tier, cache_bytes="64MiB") as running:
        yield running


@pytest.fixture(scope="session")
def bounded(tier: str, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server with tight limits."""
    limits = {
        "query_seconds": 2,
        "query_memory": "256MiB",
        "query_bytes": "1MiB",
        "wait_seconds": 1,
        "query_length": "8KiB",
    }
    with started(folder, tmp_path_factory.mktemp("log") / "log", tier, **limits) as running:
        yield running


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """Return an HTTP client that keeps its connections."""
    with httpx.Client(timeout=30) as made:
        yield made
