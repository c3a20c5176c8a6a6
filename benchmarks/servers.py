"""The servers that are compared: ours, and Oxigraph's own, on the same triples."""

import contextlib
import hashlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pyoxigraph as ox

from urbansdg.problems import Problem
from urbansdg.store import Change, GraphStore, Replacement, Source, Touched

_SCRIPTS = Path(sys.executable).parent


@dataclass(frozen=True)
class Peer:
    """A server that answers SPARQL."""

    name: str
    endpoint: str


@dataclass(frozen=True)
class _Unjudged:
    conforms: bool = True
    problems: tuple[Problem, ...] = ()


def _pass(_fork: ox.Store, _touched: Touched) -> _Unjudged:
    return _Unjudged()


@contextlib.contextmanager
def ours(folder: Path, file: Path, base: str) -> Iterator[Peer]:
    """Run our server over the triples of a file."""
    store = GraphStore.create(folder / "ours", base)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    source = Source(file.name, digest, "benchmark", "1")
    change = Change("benchmark", (Replacement(store.iris.graph("invented"), (file,), source),))
    store.publish(change, _pass)
    port = _free_port()
    command = (str(_SCRIPTS / "urbansdg"), "serve", "--port", str(port))
    with _running((*command, "--data-dir", str(store.directory)), port):
        yield Peer("ours", f"http://127.0.0.1:{port}/sparql")


@contextlib.contextmanager
def oxigraph(folder: Path, file: Path, graph: str) -> Iterator[Peer]:
    """Run Oxigraph's own server over the triples of a file, in the same named graph."""
    location = folder / "oxigraph"
    program = str(_SCRIPTS / "oxigraph")
    load = (program, "load", "--location", str(location), "--file", str(file), "--graph", graph)
    subprocess.run(load, check=True, capture_output=True)
    port = _free_port()
    bind = ("--location", str(location), "--bind", f"127.0.0.1:{port}", "--union-default-graph")
    with _running((program, "serve-read-only", *bind), port):
        yield Peer("oxigraph", f"http://127.0.0.1:{port}/query")


@contextlib.contextmanager
def _running(command: tuple[str, ...], port: int) -> Iterator[None]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _await(port)
            yield
        finally:
            process.terminate()


def _await(port: int, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/", timeout=5)
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing answers on port {port}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
