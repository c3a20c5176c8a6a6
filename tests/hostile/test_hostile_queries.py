"""Hostile queries and requests: after each the server is as it was."""

from __future__ import annotations

import contextlib
import os
import statistics
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.server import http_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.server import Server, Start

_CLIENT = http_client(keeps_connections=False)
_REPEATS = 20_000
_SECONDS = 0.4
_CROSS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
_SIXES = " ".join(f"VALUES ?x{j} {{ {' '.join(map(str, range(500)))} }}" for j in range(6))
_GROWN = "?x"
for _ in range(5):
    _GROWN = f'REPLACE({_GROWN}, "a", "{"a" * 100}")'


def _nested(before: str, after: str, middle: str = "1") -> str:
    return before * _REPEATS + middle + after * _REPEATS


def _where(pattern: str) -> str:
    return f"SELECT * {{ {pattern} }}"


def _filter(condition: str) -> str:
    return _where(f"?s ?p ?o FILTER({condition})")


_QUERIES = {
    "braces": _where(_nested("{", "}", "?s ?p ?o")),
    "parentheses": _filter(_nested("(", ")")),
    "optionals": _where(_nested("OPTIONAL { ?s ?p ?o ", "}", "")),
    "subqueries": _nested("SELECT * {", "}", "?s ?p ?o"),
    "unions": _where(" UNION ".join(["{ ?s ?p ?o }"] * _REPEATS)),
    "nested unions": _where(_nested("{{ ?s ?p ?o } UNION ", "}", "{}")),
    "property lists": _where(f"?s ?p {_nested('[ ?p ', ']')}"),
    "RDF lists": _where(f"?s ?p {_nested('(', ')')}"),
    "path groups": _where(f"?s {_nested('(', ')', '<urn:p>')} ?o"),
    "path steps": _where(f"?s {'/'.join(['<urn:p>'] * _REPEATS)} ?o"),
    "path branches": _where(f"?s {'|'.join(['<urn:p>'] * _REPEATS)} ?o"),
    "or chain": _filter("||".join(["?o = 1"] * _REPEATS)),
    "not chain": _filter("!" * _REPEATS + "?o"),
    "not exists": _where(_nested("FILTER NOT EXISTS { ?s ?p ?o ", "}", "")),
    "calls": _filter(_nested("STR(", ")", "?o")),
    "quoted triples": _where(f"{_nested('<<', '>>', '?s ?p ?o')} ?p ?o"),
    "graphs": _where(_nested("GRAPH ?g {", "}", "")),
    "minus": _where(_nested("MINUS { ?s ?p ?o ", "}", "")),
    "binds": _where(" ".join(f"BIND({i} AS ?v{i})" for i in range(_REPEATS))),
    "huge VALUES": _where(f"VALUES ?x {{ {' '.join(map(str, range(140_000)))} }}"),
    "VALUES cross product": f"SELECT (COUNT(*) AS ?n) {{ {_SIXES} }}",
    "patterns to plan": _where(" . ".join(f"?s{i} ?p{i} ?o{i}" for i in range(400))),
    "cross product": _where(_CROSS),
    "runaway path": _where("?a (<urn:p>|!<urn:p>)* ?b . ?b (^<urn:p>|!<urn:p>)+ ?c"),
    "regex": _filter('REGEX(?o, "((a{1,100}){1,100}){1,100}")'),
    "regex of regexes": _filter(f'REGEX(?o, "{"(" * 5_000}a{")*" * 5_000}")'),
    "ORDER BY": f"{_where(_CROSS)} ORDER BY ?c ?f ?i",
    "GROUP_CONCAT": f"SELECT (GROUP_CONCAT(CONCAT(?c, ?f)) AS ?x) {{ {_CROSS} }}",
    "DISTINCT": f"SELECT DISTINCT * {{ {_CROSS} }}",
    "CONSTRUCT": f"CONSTRUCT {{ ?a ?e ?i }} {{ {_CROSS} }}",
    "DESCRIBE": f"DESCRIBE * {{ {_CROSS} }}",
    "growing string": f'SELECT (STRLEN({_GROWN}) AS ?n) {{ BIND("aaaaaaaa" AS ?x) }}',
    "a megabyte of comment": f"ASK {{ #{'-' * 1_000_000}\n}}",
    "a megabyte of IRI": f"ASK {{ <urn:{'a' * 1_000_000}> ?p ?o }}",
    "a megabyte of number": f"SELECT ({'9' * 1_000_000} AS ?x) {{}}",
    "prefixes": "".join(f"PREFIX p{i}: <urn:{i}> " for i in range(_REPEATS)) + "ASK {}",
    "graphs of FROM": "ASK "
    + " ".join(f"FROM <urn:g{i}>" for i in range(_REPEATS))
    + "{ ?s ?p ?o }",
    "words SERVICE": _where("SERVICE " * 100_000),
    "gaps after SERVICE": _where("SERVICE " + "#\n" * 300_000),
    "open strings": "ASK { " + '"' * 500_001,
    "null bytes": 'ASK { "\0" ?p ?o }' + "\0" * 1_000,
    "no query": "\ufeff\u202e\0",
}


@pytest.fixture(scope="module")
def small(
    folder: Path,
    launched: Start,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """Return a server with limits that are soon reached."""
    log = tmp_path_factory.mktemp("log") / "log"
    limits = {"query_seconds": _SECONDS, "query_memory": "192MiB", "wait_seconds": 1}
    with launched(folder, log, **limits) as running:
        yield running


@pytest.fixture(autouse=True)
def _as_before(small: Server, soon: Callable[[Callable[[], bool]], bool]) -> Iterator[None]:
    """Check after each test that an ASK is answered and that nothing is left over."""
    small.ask("ASK {}")
    assert soon(lambda: len(small.workers()) == 2)
    memory, descriptors = _memory(small), _descriptors(small)
    yield
    assert soon(lambda: _descriptors(small) <= descriptors and len(small.workers()) == 2)
    assert soon(lambda: small.ask("ASK {}").status_code == 200)
    assert _memory(small) < memory + (48 << 20)
    assert "Traceback" not in small.log.read_text()


def _descriptors(server: Server) -> int:
    return sum(1 for _ in Path(f"/proc/{server.process.pid}/fd").iterdir())


def _memory(server: Server) -> int:
    pages = Path(f"/proc/{server.process.pid}/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE")


def _status(server: Server, query: str) -> int:
    """Return the status of an answer, 0 for one that was cut."""
    try:
        return _CLIENT.post(server.sparql, data={"query": query}, timeout=30).status_code
    except httpx.RemoteProtocolError:
        return 0


@pytest.mark.long
@pytest.mark.parametrize("name", _QUERIES)
def test_a_hostile_query_costs_no_more_than_its_worker(small: Server, name: str) -> None:
    """A hostile query is answered, refused or cut off."""
    assert _status(small, _QUERIES[name]) in {0, 200, 400, 503, 504}


@pytest.mark.long
def test_hostile_queries_end_near_their_time_limit(small: Server) -> None:
    """Nine of ten hostile queries end within five times their limit; ASK is as fast as before."""
    before = statistics.median(_took(small, "ASK {}") for _ in range(20))
    took, after = [], []
    for query in _QUERIES.values():
        took.append(_took(small, query))
        after.append(_took(small, "ASK {}"))
    assert statistics.quantiles(took, n=10)[-1] < 5 * _SECONDS
    assert statistics.median(after) < 20 * before


def _took(server: Server, query: str) -> float:
    """Return the seconds that a query takes."""
    began = time.perf_counter()
    _status(server, query)
    return time.perf_counter() - began


@pytest.mark.long
def test_sixty_four_heavy_queries_at_once_are_borne(small: Server) -> None:
    """Sixty-four heavy queries at once are each stopped or refused, and none is left at work."""
    hogs = list(_QUERIES.values())[-28:-10]
    seen: list[int] = []
    clients = [
        threading.Thread(target=lambda hog=hogs[i % 18]: seen.append(_status(small, hog)))
        for i in range(64)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert len(seen) == 64
    assert set(seen) <= {0, 200, 400, 503, 504}


@pytest.mark.long
def test_answers_that_are_left_in_the_middle_free_their_workers(
    small: Server, soon: Callable[[Callable[[], bool]], bool]
) -> None:
    """Clients that go away in the middle of an answer leave nothing behind."""
    for _ in range(10):
        with (
            contextlib.suppress(httpx.RemoteProtocolError),  # the limit came before the leaving
            httpx.stream("POST", small.sparql, data={"query": _where(_CROSS)}) as answer,
        ):
            next(answer.iter_bytes())
    assert soon(lambda: small.ask("ASK {}").status_code == 200)


_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_DIRECT = {"Content-Type": "application/sparql-query"}


@pytest.mark.parametrize(
    ("sent", "statuses"),
    [
        ({"content": b"query=" + b"a" * 4_000_000, "headers": _FORM}, {413}),
        ({"content": (b"a" * 65_536 for _ in range(100)), "headers": _DIRECT}, {413}),
        ({"content": b"query=ASK%7B%7D&" + b"a=b&" * 2_000, "headers": _FORM}, {400}),
        ({"content": b"query=ASK%7B%7D&query=ASK%7B%7D", "headers": _FORM}, {400}),
        ({"content": b"query=ASK%7B%7D&timeout=1&timeout=2", "headers": _FORM}, {400}),
        ({"content": b"query=%ff%fe", "headers": _FORM}, {400}),
        ({"content": b"\xff\xfe", "headers": _DIRECT}, {400}),
        ({"content": b"ASK { \xed\xa0\x80 }", "headers": _DIRECT}, {400}),
        (
            {"content": b"\x1f\x8b" * 1_000, "headers": _DIRECT | {"Content-Encoding": "gzip"}},
            {415},
        ),
        ({"content": b"ASK {}", "headers": _DIRECT | {"Accept": ', ;q=;;"\\' * 99}}, {200}),
        ({"content": b"ASK {}", "headers": _DIRECT | {"Accept": "a/b;q=0.1," * 800}}, {406}),
        ({"content": b"ASK {}", "headers": _DIRECT | {"Accept": "text/csv;q=99"}}, {200}),
        ({"content": b"ASK {}", "headers": _DIRECT | {"Accept-Encoding": "gzip;q=x,*;q=0"}}, {200}),
        ({"content": b"ASK {}", "headers": _DIRECT | {"If-None-Match": '"a",' * 2_000}}, {200}),
        ({"content": b"ASK {}", "headers": _DIRECT | {"Prefer": "wait=" + "9" * 4_000}}, {200}),
        ({"params": {"query": "ASK {}", "format": "\0\r\nSet-Cookie: a=b"}}, {415, 406}),
        ({"data": {"query": "ASK {}", "format": "a " * 2_000 + "/b"}}, {406}),
        ({"params": {"query": "ASK {}", "default-graph-uri": "http://[::"}}, {400, 415}),
    ],
    ids=lambda value: str(value)[:40].partition(" at 0x")[0],
)
def test_a_hostile_request_gets_its_status(
    small: Server, sent: dict[str, Any], statuses: set[int]
) -> None:
    """A request that is oversized, malformed or odd gets the status for it."""
    answer = _CLIENT.post(small.sparql, **sent, timeout=30)
    assert answer.status_code in statuses
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("root", ["/id/", "/doc/", "/graph/", "/describe", "/static/", "/vocab/"])
def test_odd_paths_lead_nowhere(small: Server, root: str) -> None:
    """Paths with encoded slashes, dots, nulls, line ends or broken UTF-8 are not found.

    Another spelling of a path is led to the one spelling of it, on this very server.
    """
    odd = ["%00", "%0d%0aSet-Cookie:%20a=b", "%ff", "%c0%ae%c0%ae%2f", "..%2f..%2fetc%2fpasswd"]
    odd += ["%ed%a0%80", "%2500", "%3E%20%3Curn:x", "%zz", "%", "a" * 3_000, "/evil.example/", "\\"]
    odd += ["%E2%80%AE", "city/%31%38", "%23", "%3F", ";jsessionid=1", "~", "a//b", "."]
    for path in odd:
        answer = _CLIENT.get(
            httpx.URL(f"{small.url}{root}").copy_with(raw_path=f"{root}{path}".encode())
        )
        assert "set-cookie" not in answer.headers
        if answer.status_code == 308:
            target = answer.headers["location"]
            assert target.startswith("/"), path
            assert not target.startswith("//"), path
            answer = _CLIENT.get(httpx.URL(small.url).copy_with(raw_path=target.encode()))
            assert "set-cookie" not in answer.headers
        assert answer.status_code in {400, 404, 405}, path


@pytest.mark.parametrize("path", ["/sparql?query=ASK%7B%7D", "/id/x", "/health", "/"])
def test_methods_that_nobody_offers_are_refused(small: Server, path: str) -> None:
    """Any other method gets 405, whatever it asks for."""
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "MKCOL", "LOCK"):
        assert _CLIENT.request(method, f"{small.url}{path}").status_code == 405
