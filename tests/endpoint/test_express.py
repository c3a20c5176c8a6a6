"""The short way of ordinary queries, on their connection: it differs in nothing but its speed."""

from __future__ import annotations

import re
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from urbansdg.tests.endpoint.conftest import Server

_LOOKUP = "SELECT ?o { <urn:one> ?p ?o }"
_WORKED = "SELECT ?o { <urn:one> ?p ?o FILTER(?p != ?o) }"
_LARGE = "SELECT ?o { ?s <urn:value> ?o } LIMIT 100"
_GRAPH = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 5"
_SLOW = 'SELECT (COUNT(?s) AS ?n) { ?s <urn:value> ?o FILTER(REGEX(?o, "^n") && SHA512(?o) != "") }'
_USUAL = {"if-none-match": '"another"'}


@pytest.fixture(scope="module")
def keeping(
    folder: Path,
    launched: Callable[..., contextlib.AbstractContextManager[Server]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """Return a server that keeps answers, from disk."""
    log = tmp_path_factory.mktemp("log") / "log"
    with launched(folder, log, cache_bytes="64MiB", query_seconds=20) as server:
        yield server


def _get(query: str, *lines: str) -> bytes:
    head = (f"GET /sparql?query={quote(query)} HTTP/1.1", "Host: x", *lines, "", "")
    return "\r\n".join(head).encode()


def _exchanged(server: Server, *packets: bytes) -> bytes:
    """Send packets on one connection, and return all that comes until it is closed."""
    host, port = server.url.removeprefix("http://").split(":")
    received = b""
    with socket.create_connection((host, int(port)), 20) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for packet in packets:
            line.sendall(packet)
        while chunk := line.recv(1 << 16):
            received += chunk
    return received


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("query", [_LOOKUP, _WORKED, _LARGE, _GRAPH], ids=range(4))
def test_both_ways_give_the_same_answer(keeping: Server, query: str, coding: str) -> None:
    """Status, headers and body are those of the usual way, but for how the length is said."""
    query = query.replace("?o", f"?{coding}")  # answers are kept whatever their coding
    asked = {"accept-encoding": coding, "accept": "application/json, text/turtle"}
    short = keeping.ask(query, **asked)
    again = keeping.ask(query, **asked)
    usual = keeping.ask(query, **asked, **_USUAL)
    varying = {"date", "age", "cache-status", "content-length", "transfer-encoding"}
    for answer in (short, again):
        assert answer.status_code == usual.status_code == 200
        assert answer.content == usual.content
        assert {name: value for name, value in answer.headers.items() if name not in varying} == {
            name: value for name, value in usual.headers.items() if name not in varying
        }
    assert short.headers["cache-status"].endswith("fwd=uri-miss")
    assert again.headers["cache-status"].endswith("hit")


@pytest.mark.parametrize("query", [_LOOKUP, _WORKED, _SLOW], ids=["look-up", "worker", "slow"])
def test_requests_in_one_packet_are_answered_in_their_order(keeping: Server, query: str) -> None:
    """Pipelined requests are answered one after the other, the last one closes the connection."""
    packet = _get(query) + _get("ASK {}") + _get(_LOOKUP, "Connection: close")
    received = _exchanged(keeping, packet)
    assert received.count(b"HTTP/1.1 200 OK") == 3
    assert re.search(rb'"bindings".*"boolean".*Z\xc3\xbcrich one', received, re.DOTALL)


def test_a_body_that_comes_in_parts_is_waited_for(keeping: Server) -> None:
    """A POST whose body comes byte by byte is answered as any other."""
    body = _WORKED.encode()
    head = (
        "POST /sparql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Content-Type: application/sparql-query\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    parts = (body[at : at + 1] for at in range(len(body)))
    assert "Zürich one".encode() in _exchanged(keeping, head.encode(), *parts)


@pytest.mark.parametrize(
    ("query", "status"), [("SELECT {", 400), ("SELECT * { SERVICE <http://x/> { ?s ?p ?o } }", 403)]
)
def test_an_error_is_told_in_the_usual_way(keeping: Server, query: str, status: int) -> None:
    """A query that fails gets its problem document, and the connection goes on."""
    received = _exchanged(keeping, _get(query), _get(_LOOKUP, "Connection: close"))
    assert received.startswith(b"HTTP/1.1 %d " % status)
    assert b"HTTP/1.1 200 OK" in received


def test_more_queries_than_workers_wait_their_turn(keeping: Server) -> None:
    """Of many queries at once, fast and slow, each gets its own answer, and all are counted."""
    queries = [f"SELECT ?o {{ <urn:row:{row}> <urn:value> ?o FILTER(1) }}" for row in range(24)]
    slow = [f"{_SLOW} #{number}" for number in range(4)]

    def ask(query: str) -> str:
        (row,) = keeping.ask(query, accept="application/json").json()["results"]["bindings"]
        return str(row.popitem()[1]["value"])

    before = _answered(keeping)
    with ThreadPoolExecutor(12) as clients:
        found = list(clients.map(ask, queries + slow))
    assert found == [f"number {row}" for row in range(24)] + ["20000"] * 4
    assert _answered(keeping) - before == len(found)


def _answered(server: Server) -> int:
    labels = 'method="GET",outcome="whole",place="/sparql",status="200"'
    metrics = httpx.get(f"{server.url}/metrics").text
    counted = re.search(rf"urbansdg_requests_total\{{{labels}\}} (\d+)", metrics)
    return int(counted[1]) if counted else 0
