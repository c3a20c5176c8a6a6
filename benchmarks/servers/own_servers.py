"""Our server in its tiers, and Oxigraph's own, on the same triples."""

import contextlib
import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx

from urbansdg.errors import Problem
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.store import Change, GraphStore, Replacement, Source, Touched

SCRIPTS = Path(sys.executable).parent
FORM = "application/x-www-form-urlencoded"
_GOODBYE = 20


@dataclass(frozen=True)
class Peer:
    """A SPARQL server.

    `takes_forms` says that it accepts queries only as forms (SPARQL 1.1 Protocol, 2.1.2).
    """

    name: str
    endpoint: str
    process: int
    takes_forms: bool = False

    @property
    def content_type(self) -> str:
        """The media type of a query sent to it."""
        return FORM if self.takes_forms else "application/sparql-query"

    def body(self, query: str) -> str:
        """Return the body of a request with the query, on one line."""
        text = " ".join(query.split())
        return urlencode({"query": text}) if self.takes_forms else text


@dataclass(frozen=True)
class _NoValidation:
    conforms: bool = True
    problems: tuple[Problem, ...] = ()


def _pass(_fork: RdfDataset, _touched: Touched) -> _NoValidation:
    return _NoValidation()


def publish_graph(folder: Path, file: Path, base: str) -> GraphStore:
    """Return a graph of ours with the triples of a file."""
    store = GraphStore.create(folder / "ours", base)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    source = Source(file.name, digest, "benchmark", "1")
    change = Change("benchmark", (Replacement(store.iris.graph("invented"), (file,), source),))
    store.publish(change, _pass)
    return store


@contextlib.contextmanager
def own_server(
    store: GraphStore, name: str, *, memory: bool, keeps_answers: bool, front_ends: int = 1
) -> Iterator[Peer]:
    """Run our server on a graph, in one of its tiers, with or without caches."""
    port = free_port()
    command = (str(SCRIPTS / "urbansdg"), "serve", "--port", str(port))
    variables = {} if memory else {"MEMORY_BUDGET": "0"}
    variables |= {"FRONT_ENDS": str(front_ends)}
    variables |= {"CLIENT_SECONDS": "1000000", "CLIENT_QUERIES": "1000"}
    variables |= {} if keeps_answers else {"CACHE_BYTES": "0", "DOCUMENT_CACHE_BYTES": "0"}
    settings = {f"URBANSDG_{key}": value for key, value in variables.items()}
    with run_server((*command, "--data-dir", str(store.directory)), port, settings) as process:
        _await_tier(port, "memory" if memory else "disk")
        yield Peer(name, f"http://127.0.0.1:{port}/sparql", process)


@contextlib.contextmanager
def oxigraph_server(folder: Path, file: Path, graph: str) -> Iterator[Peer]:
    """Run Oxigraph's own server on the triples of a file, in the same named graph."""
    location = folder / "oxigraph"
    program = str(SCRIPTS / "oxigraph")
    load = (program, "load", "--location", str(location), "--file", str(file), "--graph", graph)
    subprocess.run(load, check=True, capture_output=True)
    port = free_port()
    bind = ("--location", str(location), "--bind", f"127.0.0.1:{port}", "--union-default-graph")
    with run_server((program, "serve-read-only", *bind), port, {}) as process:
        yield Peer("oxigraph", f"http://127.0.0.1:{port}/query", process)


@contextlib.contextmanager
def run_server(
    command: tuple[str, ...], port: int, settings: dict[str, str], seconds: float = 60
) -> Iterator[int]:
    """Run a server during the block; it must respond within `seconds`."""
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | settings,
    ) as process:
        try:
            _await(port, seconds)
            yield process.pid
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GOODBYE)
            process.kill()


def _await_tier(port: int, tier: str, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while httpx.get(f"http://127.0.0.1:{port}/health", timeout=30).json()["tier"] != tier:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the graph is not served from {tier}")
        time.sleep(0.2)


def _await(port: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/", timeout=5)
            return
        time.sleep(0.05)
    raise TimeoutError(f"no server responds on port {port}")


def free_port() -> int:
    """Return a free port on this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
