"""The server process: its start, its end, and the versions it serves."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from urbansdg.endpoint.server import serve
from urbansdg.errors import PortTaken
from urbansdg.settings import read_settings
from urbansdg.store import GraphStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.server import Launch, Server

_COUNT = "SELECT (COUNT(*) AS ?n) { ?s <urn:value> ?o }"


def _rows(server: Server, query: str = _COUNT) -> tuple[int, int]:
    answer = server.ask(query)
    rows = int(answer.json()["results"]["bindings"][0]["n"]["value"])
    return int(answer.headers["urbansdg-version"]), rows


def test_a_new_version_is_served_as_soon_as_it_is_published(
    launch: Launch,
    published: Callable[[Path, int], int],
    soon: Callable[[Callable[[], bool]], bool],
    tier: str,
    tmp_path: Path,
) -> None:
    """Workers go over to a new version by themselves; a query in between is of one or the other."""
    folder = tmp_path / "graph"
    first = published(folder, 10)
    with launch(folder, tier) as server:
        assert _rows(server) == (first, 10)
        second = published(folder, 25)
        expected = {(first, 10), (second, 25)}
        assert soon(lambda: (seen := _rows(server)) in expected and seen == (second, 25))
        assert soon(lambda: {_rows(server) for _ in range(8)} == {(second, 25)})
        assert httpx.get(f"{server.url}/health").json()["version"] == second


@pytest.mark.long
def test_a_running_query_ends_on_its_version(
    launch: Launch,
    published: Callable[[Path, int], int],
    soon: Callable[[Callable[[], bool]], bool],
    tier: str,
    tmp_path: Path,
) -> None:
    """An answer that is being read when a version is published is whole, and of the old one."""
    folder = tmp_path / "graph"
    first = published(folder, 2_000)
    long = "x" * 2_000
    with (
        launch(folder, tier) as server,
        httpx.stream(
            "POST",
            server.sparql,
            data={"query": f"SELECT ?o ('{long}' AS ?x) {{ ?s <urn:value> ?o }}", "format": "csv"},
        ) as answer,
    ):
        published(folder, 5)
        assert soon(lambda: _rows(server)[1] == 5)
        rows = sum(1 for _ in answer.iter_lines()) - 1
    assert rows == 2_000
    assert answer.headers["urbansdg-version"] == str(first)


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_the_server_ends_cleanly(
    launch: Launch, folder: Path, tier: str, kind: signal.Signals
) -> None:
    """SIGTERM and SIGINT end the server with status 0, its workers with it."""
    with launch(folder, tier) as server:
        workers = server.workers()
        server.process.send_signal(kind)
        assert server.process.wait(60) == 0
        assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
        assert "Traceback" not in server.log.read_text()


@pytest.mark.long
@pytest.mark.parametrize("is_sent", [True, False], ids=["a running query", "an unfinished body"])
def test_a_request_that_outlasts_the_shutdown_is_answered(
    launch: Launch, folder: Path, *, is_sent: bool
) -> None:
    """A request that the end of the server cuts off gets 503 with a problem, and no traceback."""
    query = b"SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER(?a != ?f) }"
    head = (
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
        b"Content-Length: %d\r\n\r\n" % (len(query) + (not is_sent))
    )
    with (
        launch(folder) as server,
        socket.create_connection(("127.0.0.1", httpx.URL(server.url).port)) as connection,
    ):
        connection.sendall(head + query)
        assert server.health()["version"]
        server.process.terminate()
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        assert server.process.wait(60) == 0
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"application/problem+json" in answer
        assert b'"workers-unavailable"' in answer
        assert "Traceback" not in server.log.read_text()


def test_a_taken_port_is_one_clear_error(folder: Path) -> None:
    """A port that another process listens on is reported as `PortTaken`, before anything starts."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)):
            serve(read_settings(port=port), GraphStore.open(folder), print)


def test_many_clients_at_once_are_all_answered(server: Server) -> None:
    """Sixty-four clients at once all get their answer from two workers."""
    seen: list[int] = []
    queries = (f"{_COUNT} # {number}" for number in range(64))
    clients = [
        threading.Thread(target=lambda: seen.append(_rows(server, next(queries))[1]))
        for _ in range(64)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert seen == [20_000] * 64


def test_the_suite_of_the_w3c_passes(server: Server, shared: Path) -> None:
    """The W3C's protocol and service description tests pass, except for what is named here."""
    suite = shared / "conformance" / "w3c_protocol.py"
    command = (sys.executable, str(suite), "--sparql", server.sparql, "--readonly")
    done = subprocess.run(
        (*command, "--parts", "protocol,sd,ext,adapted"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    failed = {
        line.partition("] ")[2] for line in done.stdout.splitlines() if line.startswith("FAIL")
    }
    known = {
        # The server under test is not at the base URI of its graph.
        "sd/has-endpoint-triple",
        # Oxigraph gives a triple once for each graph that has it.
        "adapted/two default-graph-uri are merged as a set",
    }
    assert {
        line for line in failed if line.partition(" -- ")[0] not in known and "lxml" not in line
    } == set()
    assert done.stdout.count("PASS [MUST]") >= 30
