"""The short way of ordinary queries, on their connection: it differs in nothing but its speed."""

from __future__ import annotations

import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.server import Server, Start

_LOOKUP = "SELECT ?o { <urn:one> ?p ?o }"
_WORKED = "SELECT ?o { <urn:one> ?p ?o FILTER(?p != ?o) }"
_LARGE = "SELECT ?o { ?s <urn:value> ?o } LIMIT 100"
_GRAPH = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 5"
_SLOW = 'SELECT (COUNT(?s) AS ?n) { ?s <urn:value> ?o FILTER(REGEX(?o, "^n") && SHA512(?o) != "") }'
_USUAL = {"if-none-match": '"another"'}
_VARYING = (b"date:", b"cache-status:")


@pytest.fixture(scope="module")
def keeping(
    folder: Path,
    launched: Start,
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
    """Status, headers and body are those of the usual way, except for how the length is given."""
    query = query.replace("?o", f"?{coding}")  # answers are kept whatever their coding
    headers = {"accept-encoding": coding, "accept": "application/json, text/turtle"}
    short = keeping.ask(query, **headers)
    again = keeping.ask(query, **headers)
    usual = keeping.ask(query, **headers, **_USUAL)
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


def _conversed(server: Server, *turns: tuple[bytes, ...]) -> list[bytes]:
    """Send packets in turns, each when the last one is answered; return what came for each."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 20) as line, line.makefile("rb") as coming:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers = []
        for turn in turns:
            for packet in turn:
                line.sendall(packet)
                time.sleep(0.01)  # so that it is read by itself
            requests = b"".join(turn).count(b" HTTP/1.1\r\n")
            answers.append(b"".join(_answer(coming) for _ in range(requests)))
    return answers


def _answer(coming: BinaryIO) -> bytes:
    """Read one answer whose length is given."""
    head = b"".join(iter(coming.readline, b"\r\n"))
    length = re.search(rb"content-length: (\d+)", head)
    assert length is not None
    return head + b"\r\n" + coming.read(int(length[1]))


def test_a_head_that_came_before_is_answered_as_the_first_one(keeping: Server) -> None:
    """Requests with one head, kept, looked up or worked for, differ in their answers alone."""
    rows = [f"SELECT ?o {{ <urn:row:{row}> <urn:value> ?o }}" for row in range(3)]
    worked = [query.replace("?o }", "?o FILTER(2) }") for query in rows]
    queries = [query for pair in zip(rows, worked, strict=True) for query in pair] * 2
    answers = _conversed(keeping, *((_get(query, "X-Own: head"),) for query in queries))
    assert [int(answer.partition(b"number ")[2][:1]) for answer in answers] == [
        0,
        0,
        1,
        1,
        2,
        2,
    ] * 2
    for answer, query in zip(answers, queries, strict=True):
        usual = _conversed(keeping, (_get(query, *(f"{name}: x" for name in _USUAL)),))[0]
        assert _steady(answer) == _steady(usual)


def _steady(answer: bytes) -> bytes:
    """Return an answer without what differs each time."""
    lines = answer.split(b"\r\n")
    return b"\r\n".join(sorted(line for line in lines if not line.startswith(_VARYING)))


def test_a_known_head_need_not_come_in_one_packet_or_alone(keeping: Server) -> None:
    """A request in parts, or with another one behind it, is read by the parser, and so the next."""
    known, other = _get(_LOOKUP), _get("ASK {}")
    turns = [(known,), (known[:20], known[20:]), (known,), (known[:-1], known[-1:] + known, other)]
    answers = _conversed(keeping, *turns, (known,))
    one = "Zürich one".encode()
    assert [answer.count(one) for answer in answers] == [1, 1, 1, 2, 1]
    assert answers[3].endswith(b'"boolean":true}')


def test_a_known_head_has_no_more_than_others(
    folder: Path, launched: Start, tmp_path: Path
) -> None:
    """A client that has used up its time is refused on the connections where it was answered."""
    with launched(folder, tmp_path / "log", client_seconds=0.1, cache_bytes=0) as server:
        known, slow = _get(_LOOKUP), _get(_SLOW)
        turns = [(known,), (known,), *[(slow,)] * 20, (known,)]  # the last slow ones are refused
        first, second, *_, refused = _conversed(server, *turns)
        assert first.startswith(b"HTTP/1.1 200 ")
        assert second.startswith(b"HTTP/1.1 200 ")
        assert refused.startswith(b"HTTP/1.1 429 ")


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
        answers = list(clients.map(ask, queries + slow))
    assert answers == [f"number {row}" for row in range(24)] + ["20000"] * 4
    assert _answered(keeping) - before == len(answers)


def _answered(server: Server) -> int:
    labels = 'method="GET",outcome="whole",place="/sparql",status="200"'
    metrics = httpx.get(f"{server.url}/metrics").text
    counted = re.search(rf"urbansdg_requests_total\{{{labels}\}} (\d+)", metrics)
    return int(counted[1]) if counted else 0
