"""The one way to start a server in the tests, on a free port, and to ask it.

`started` runs the command `serve`; the fixtures `serve`, `serving`, `launch`, `launched`, `server`
and `bounded` are made of it. `free_port` is the one allocator of ports, `http_client` the one
maker of clients.
"""

import contextlib
import hashlib
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

from tests.support.command import (
    Process,
    bare_environment,
    make_catalogue_of,
    running,
    shared_folder,
)
from urbansdg.store import Change, GraphStore, Replacement, Source
from urbansdg.store.publication import accept

BASE = "http://example.org"
_ROWS = 20_000
BUDGETS = {"disk": "0", "memory": "1GB"}
_TWO = "two front ends"
_LONGEST_END = 20
_ZYGOTE = "serve_forks"
_LIMITED = (
    "import resource, urbansdg.cli;"
    "resource.setrlimit(resource.RLIMIT_NOFILE, ({0}, {0}));"
    "urbansdg.cli.main()"
)
_OTHER_UVICORN = Path(__file__).with_name("other_uvicorn.py")
_TLS = ssl.create_default_context()
"""One for all clients: reading the certificates takes longer than most requests."""


def http_client(
    base_url: str = "",
    headers: dict[str, str] | None = None,
    *,
    transport: httpx.BaseTransport | None = None,
    keeps_connections: bool = True,
    follows_redirects: bool = False,
) -> httpx.Client:
    """Return an HTTP client that waits 60 seconds for an answer."""
    limits = httpx.Limits() if keeps_connections else httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(
        base_url=base_url,
        headers=headers,
        verify=_TLS,
        timeout=60,
        transport=transport,
        limits=limits,
        follow_redirects=follows_redirects,
    )


# The servers end while it lives: a kept connection would lead nowhere.
_CLIENT = http_client(keeps_connections=False)


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Server:
    """A started server: its endpoint, its process, and its log."""

    url: str
    process: Process
    log_file: Path | None = None

    @property
    def log(self) -> Path:
        """The file of the log of a server that was started with one."""
        assert self.log_file is not None
        return self.log_file

    @property
    def sparql(self) -> str:
        """The address of the SPARQL endpoint."""
        return f"{self.url}/sparql"

    def zygotes(self) -> set[int]:
        """Return the process ids of the zygotes: its children, or those of its coordinator."""
        own = children(self.process.pid)
        # Other children make the catalogue and the search index of a version, and end.
        zygotes = {pid for pid in own if _runs(pid, _ZYGOTE)}
        return zygotes or {pid for child in own for pid in children(child) if _runs(pid, _ZYGOTE)}

    def front_ends(self) -> set[int]:
        """Return the process ids of the front ends of a server with several."""
        return {pid for pid in children(self.process.pid) if not children(pid)}

    def coordinator(self) -> int:
        """Return the process id of the coordinator of a server with several front ends."""
        (pid,) = (pid for pid in children(self.process.pid) if children(pid))
        return pid

    def workers(self) -> set[int]:
        """Return the process ids of the workers: the children of the zygotes."""
        return {worker for zygote in self.zygotes() for worker in children(zygote)}

    def ask(self, query: str, **headers: str) -> httpx.Response:
        """Send a query by GET."""
        return _CLIENT.get(self.sparql, params={"query": query}, headers=headers)

    def settle(self, tier: str) -> None:
        """Wait until every worker is of that tier."""
        assert eventually(lambda: self.health()["tier"] == tier), self.log_text()
        assert eventually(lambda: len(self.workers()) == self.health()["workers"])

    def health(self) -> dict[str, Any]:
        """Return what the server reports about itself."""
        answer = _CLIENT.get(f"{self.url}/health")
        assert answer.status_code == 200, answer.text
        report: dict[str, Any] = answer.json()
        return report

    def index(self) -> None:
        """Wait until the search index of the current version is there."""

        def is_there() -> bool:
            return _CLIENT.get(f"{self.url}/suggest?q=a").status_code == 200

        assert eventually(is_there), self.log_text()

    def log_text(self) -> str:
        """Return what the server has logged, as far as it was kept."""
        return self.log_file.read_text() if self.log_file else "no log was kept"

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


def _runs(pid: int, function: str) -> bool:
    """Tell whether a process was started for a function; False if it has ended."""
    with contextlib.suppress(OSError):
        return function in Path(f"/proc/{pid}/cmdline").read_text("ascii")
    return False


def children(pid: int) -> set[int]:
    """Return the ids of a process's children, of all its threads; none if it has ended."""
    pids: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            pids |= {int(child) for child in task.read_text("ascii").split()}
    return pids


def eventually(fact: Callable[[], bool], seconds: float = 60) -> bool:
    """Wait until something is so; False if it is not within the time."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def publish(folder: Path, rows: int) -> int:
    """Publish two small graphs and one of `rows` triples; return the number of the version."""
    if not folder.exists():
        GraphStore.create(folder, BASE)
    graphs = {
        "one": ['<urn:one> <http://example.org/name> "Zürich one" .'],
        "two": ['<urn:two> <http://example.org/name> "Zürich two" .'],
        "rows": [f'<urn:row:{row}> <urn:value> "number {row}" .' for row in range(rows)],
    }
    change = Change("tests", tuple(replacement(folder, *item) for item in graphs.items()))
    return GraphStore.open(folder).publish(change, accept).version.number


def replacement(folder: Path, name: str, lines: list[str]) -> Replacement:
    """Return the replacement of a graph by lines of N-Triples, in a file beside the folder."""
    file = folder.parent / f"{name}.nt"
    file.write_text("\n".join([*lines, ""]), "utf-8")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return Replacement(f"{BASE}/{name}", (file,), Source(name, digest, "tests", "1"))


def await_counts(client: httpx.Client) -> None:
    """Wait until `/dataset` has the counts of the version: it answers before they are made."""
    assert eventually(lambda: b"void#classes" in client.get("/dataset.nt").content)


@contextlib.contextmanager
def spawned(
    folder: Path,
    *options: str,
    log: Path | None = None,
    **settings: object,
) -> Iterator[Process]:
    """Run the command `serve` as `running` runs a command.

    Among the settings may be `uvicorn_without`: a private name that another version of uvicorn
    lacks; and `open_files`: how many files it may open, which it cannot raise. There is one front
    end unless there are said to be more.
    """
    settings = {"front_ends": 1} | settings
    lacking, files = settings.pop("uvicorn_without", None), settings.pop("open_files", None)
    program = {} if lacking is None else {"program": (str(_OTHER_UVICORN), str(lacking))}
    if files is not None:
        program = {"program": ("-c", _LIMITED.format(files))}
    arguments = ("serve", "--data-dir", str(folder), *options)
    with running(arguments, bare_environment(**settings), log, **program) as process:
        yield process


@contextlib.contextmanager
def started(
    folder: Path,
    log: Path | None = None,
    tier: str | None = None,
    **settings: object,
) -> Iterator[Server]:
    """Run a server over a data directory, with settings by field name; end it with the block.

    It answers when the block begins; with a tier, from that one. "two front ends" is a tier here:
    memory, with two processes before it.
    """
    if tier == _TWO:
        tier, settings = "memory", {"front_ends": 2} | settings
    port = settings.pop("port", 0) or free_port()
    if tier is not None:
        settings = {"memory_budget": BUDGETS[tier]} | settings
    options = ("--port", str(port))
    with spawned(folder, *options, log=log, **settings) as process:
        assert process.stdout is not None
        assert process.stdout.readline(), log.read_text() if log else "no line of the server"
        server = Server(f"http://127.0.0.1:{port}", process, log)
        if tier is not None:
            server.settle(tier)
        yield server
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LONGEST_END)


class Launch(Protocol):
    """Starts a server over a data directory, with settings; ends it with the block."""

    def __call__(
        self, folder: Path, tier: str = "disk", **settings: object
    ) -> contextlib.AbstractContextManager[Server]:
        """Start it."""


ServerOf = Callable[..., Server]
Start = Callable[..., contextlib.AbstractContextManager[Server]]


@pytest.fixture(name="free_port")
def _port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    return free_port()


@pytest.fixture(scope="session")
def serve() -> Start:
    """Return the starter of servers: a data directory, a log, a tier, settings."""
    return started


@pytest.fixture(scope="session")
def serving(bundled: Path) -> Iterator[Server]:
    """Return a server on the bundled data."""
    with started(bundled) as running:
        yield running


@pytest.fixture(scope="session")
def launched() -> Start:
    """Return the starter of servers that answer from disk unless a tier is named."""

    def starter(
        folder: Path,
        log: Path,
        tier: str = "disk",
        **settings: object,
    ) -> contextlib.AbstractContextManager[Server]:
        return started(folder, log, tier, **settings)

    return starter


@pytest.fixture
def launch(tmp_path: Path) -> Launch:
    """Return the starter of servers."""

    def starter(
        folder: Path, tier: str = "disk", **settings: object
    ) -> contextlib.AbstractContextManager[Server]:
        return started(folder, tmp_path / "log", tier, **settings)

    return starter


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
    return shared_folder(
        tmp_path_factory, "data", lambda folder: make_catalogue_of(folder, publish(folder, _ROWS))
    )


@pytest.fixture(
    scope="session",
    params=[
        pytest.param("disk", marks=pytest.mark.long),
        "memory",
        pytest.param(_TWO, marks=pytest.mark.long),
    ],
)
def tier(request: pytest.FixtureRequest) -> str:
    """Return each of the tiers that a version is served from, and memory behind two front ends.

    `make test` has the disk where a test starts a server of its own, see `launched`.
    """
    return str(request.param)


@pytest.fixture(scope="session")
def _server_of(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerOf]:
    """Return the servers that tests share: settings give the same one until the session ends.

    A parametrized fixture starts one anew whenever its parameter changes, twice in each file.
    """
    with contextlib.ExitStack() as stack:

        @cache
        def shared(tier: str, **settings: object) -> Server:
            log = tmp_path_factory.mktemp("log") / "log"
            return stack.enter_context(started(folder, log, tier, **settings))

        yield shared


@pytest.fixture(scope="session")
def server(tier: str, _server_of: ServerOf) -> Server:
    """Return a server with the limits that are the default."""
    return _server_of(tier, cache_bytes="64MiB")


@pytest.fixture(scope="session")
def bounded(tier: str, _server_of: ServerOf) -> Server:
    """Return a server with tight limits."""
    return _server_of(
        tier,
        query_seconds=2,
        query_memory="256MiB",
        query_bytes="1MiB",
        wait_seconds=1,
        query_length="8KiB",
    )


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """Return an HTTP client that keeps its connections."""
    with http_client() as client:
        yield client
