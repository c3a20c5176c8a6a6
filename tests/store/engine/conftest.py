"""Real engines: Oxigraph's server and Virtuoso, each with the bundled data in it, and any other.

`URBANSDG_TEST_STORE` names one more engine by its address, as `URBANSDG_STORE` does, for the tests
that need no engine of their own. It has to be empty. Further settings follow the same way
(`URBANSDG_TEST_STORE_USER`). Without it, these tests are skipped.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from benchmarks.servers.virtuoso_settings import write_virtuoso_settings
from tests.support.server import Server, free_port, started
from urbansdg.settings import Settings, read_settings
from urbansdg.store import RemoteStore, open_or_create

BASE = "http://localhost:8000"
_ROWS = 8_000
"""More than any graph of the bundled data has, and fewer than all of them together."""

_ENGINES = ("oxigraph", pytest.param("virtuoso", marks=pytest.mark.long))
_PREFIX = "URBANSDG_TEST_"


@dataclass
class Installed:
    """An engine at work: its name, its command, its address, and the settings that lead to it."""

    name: str
    command: list[str]
    url: str
    variables: dict[str, str]
    process: subprocess.Popen[bytes] = field(init=False, repr=False)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(self.url)
                return
            assert time.monotonic() < deadline, f"{self.name} does not answer"
            time.sleep(0.05)

    def settings(self, data_dir: Path) -> Settings:
        """Return settings that lead to it."""
        return read_settings(data_dir=data_dir, base=BASE, **self.fields)

    @property
    def fields(self) -> dict[str, str]:
        """The settings that lead to it, by field name."""
        return {key.removeprefix("URBANSDG_").lower(): text for key, text in self.variables.items()}

    def stop(self) -> None:
        """Kill it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)


@contextlib.contextmanager
def _running(name: str, command: list[str], url: str, **variables: str) -> Iterator[Installed]:
    """Run an engine until the block is left."""
    settings_of_engine = {f"URBANSDG_{key.upper()}": value for key, value in variables.items()}
    engine = Installed(name, command, url, {"URBANSDG_STORE": f"sparql+{url}"} | settings_of_engine)
    try:
        engine.start()
        yield engine
    finally:
        engine.stop()


@contextlib.contextmanager
def oxigraph(folder: Path | None = None) -> Iterator[Installed]:
    """Run Oxigraph's server, in memory, or in a folder that outlives it."""
    program = Path(sys.executable).with_name("oxigraph")
    if not program.exists():
        pytest.skip("Oxigraph's server (the group bench) is not installed")
    port = free_port()
    command = [str(program), "serve", "--bind", f"127.0.0.1:{port}"]
    command += ["--location", str(folder)] if folder else []
    with _running("oxigraph", command, f"http://127.0.0.1:{port}/query") as engine:
        yield engine


@contextlib.contextmanager
def virtuoso(folder: Path) -> Iterator[Installed]:
    """Run Virtuoso on an empty database; its administrator writes."""
    program = shutil.which("virtuoso-t")
    if program is None:
        pytest.skip("Virtuoso (Debian: virtuoso-opensource-7) is not installed")
    port = free_port()
    ports = (port, free_port())
    file = write_virtuoso_settings(folder, ports, buffers=20_000, threads=10, rows=_ROWS)
    command = [program, "+foreground", "+configfile", str(file)]
    user = {"store_user": "dba", "store_password": "dba"}
    with _running("virtuoso", command, f"http://127.0.0.1:{port}/sparql", **user) as engine:
        yield engine


@contextlib.contextmanager
def addressed(_: Path) -> Iterator[Installed]:
    """Return the engine that the environment names; it is neither started nor stopped."""
    settings = {key: text for key, text in os.environ.items() if key.startswith(_PREFIX)}
    address = settings.get(f"{_PREFIX}STORE")
    if address is None:
        pytest.skip(f"{_PREFIX}STORE names no engine")
    variables = {f"URBANSDG_{key.removeprefix(_PREFIX)}": text for key, text in settings.items()}
    yield Installed("addressed", [], address.removeprefix("sparql+"), variables)


@pytest.fixture(scope="session", params=(*_ENGINES, "addressed"))
def engine(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    urbansdg: Callable[..., subprocess.CompletedProcess[str]],
) -> Iterator[Installed]:
    """Return each engine, with the bundled data that `urbansdg init` has put there."""
    folder = tmp_path_factory.mktemp(str(request.param))
    runners = {"oxigraph": oxigraph, "virtuoso": virtuoso, "addressed": addressed}
    with runners[request.param](folder) as running:
        done = urbansdg("init", "--example", "--data-dir", folder / "data", **running.variables)
        assert done.returncode == 0, done.stderr
        yield running


@dataclass(frozen=True)
class Served:
    """The command `serve` at work over an engine."""

    server: Server
    data_dir: Path
    engine: Installed

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.server.url

    @property
    def log(self) -> Path:
        """The file of its log."""
        return self.server.log

    def get(self, path: str, **params: str) -> httpx.Response:
        """Send a GET request for a path."""
        return httpx.get(f"{self.url}{path}", params=params or None, timeout=60)

    def query(self, text: str, accept: str = "text/csv") -> httpx.Response:
        """Send a query by POST."""
        headers = {"accept": accept}
        return httpx.post(f"{self.url}/sparql", data={"query": text}, headers=headers, timeout=60)


@contextlib.contextmanager
def serve_over(engine: Installed, data_dir: Path, log: Path, **settings: str) -> Iterator[Served]:
    """Run the command `serve` over an engine."""
    with started(data_dir, log, **engine.fields, **settings) as server:
        yield Served(server, data_dir, engine)


@pytest.fixture(scope="session")
def served(engine: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a server over each engine, on a machine that never wrote to it."""
    folder = tmp_path_factory.mktemp("served")
    with serve_over(engine, folder / "data", folder / "log") as running:
        yield running


@pytest.fixture(scope="session")
def serving_over() -> Callable[..., contextlib.AbstractContextManager[Served]]:
    """Return the starter of servers: an engine, a data directory, a log, settings."""
    return serve_over


@pytest.fixture
def small() -> Iterator[Installed]:
    """Return an Oxigraph of one test's own, without data."""
    with oxigraph() as running:
        yield running


@pytest.fixture(params=_ENGINES)
def lasting(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installed]:
    """Return each engine with data that outlive it; Virtuoso is the one that all tests share."""
    if request.param == "virtuoso":
        yield request.getfixturevalue("shared_virtuoso")
        return
    with oxigraph(tmp_path / "oxigraph") as running:
        yield running


Opened = Callable[[Installed, Path], RemoteStore]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Return the opener of the graph in an engine, which is made where there is none."""
    stores: list[RemoteStore] = []

    def open_it(engine: Installed, data_dir: Path) -> RemoteStore:
        store = open_or_create(engine.settings(data_dir))
        assert isinstance(store, RemoteStore)
        stores.append(store)
        return store

    yield open_it
    for store in stores:
        store.engine.close()
