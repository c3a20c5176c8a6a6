"""The limits that a client sets itself, and the counting of rows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, QuerySolutions, Store

from urbansdg.endpoint.web.problem_details import Fault
from urbansdg.endpoint.workers.formats.row_counter import RowCounter
from urbansdg.endpoint.workers.query_limits import QueryLimits
from urbansdg.ontology.media_types import RESULTS, Format
from urbansdg.store import Allowance, Tokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyoxigraph import QueryResultsFormat

    from tests.support.server import Launch, Server

_SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
_ROWS = "SELECT ?o { ?s <urn:value> ?o }"
_LIMITS = QueryLimits(seconds=10, cpu_seconds=10, rows=100, size=1000, memory=1 << 30)


@given(st.text(max_size=12), st.text(st.characters(max_codepoint=255), max_size=40))
def test_a_client_never_raises_a_limit(text: str, prefer: str) -> None:
    """Whatever a client asks for, no limit is above the operator's, or the answer is 400."""
    for name in ("timeout", "max-rows", "max-bytes", "max-memory"):
        refused, lowered = _lowered({name: text}, prefer)
        assert refused in {None, 400}
        assert 0 < lowered.seconds <= 10
        assert 0 <= lowered.rows <= 100
        assert 0 <= lowered.size <= 1000
        assert 0 < lowered.memory <= 1 << 30


def _lowered(preferences: dict[str, str], prefer: str) -> tuple[int | None, QueryLimits]:
    try:
        return None, _LIMITS.lowered(preferences, prefer)
    except Fault as refused:
        return refused.status, _LIMITS


@pytest.mark.parametrize(
    ("preferences", "prefer", "seconds"),
    [
        ({"timeout": "2.5"}, None, 2.5),
        ({"timeout": "500ms"}, None, 0.5),
        ({"timeout": "99"}, None, 10),
        ({}, "respond-async, wait=3", 3),
        ({}, "wait=30", 10),
        ({"timeout": "4"}, "wait=3; foo", 3),
        ({}, "wait=soon", 10),
    ],
)
def test_the_time_that_a_client_waits_is_taken(
    preferences: dict[str, str], prefer: str | None, seconds: float
) -> None:
    """The lowest of `timeout`, `Prefer: wait` (RFC 7240, 4.3) and the setting is the limit."""
    assert _LIMITS.lowered(preferences, prefer).seconds == seconds


@pytest.mark.parametrize(
    "how", [{"params": {"timeout": "0.3"}}, {"headers": {"Prefer": "wait=1"}}], ids=str
)
def test_a_lowered_time_holds(server: Server, how: dict[str, dict[str, str]]) -> None:
    """A query over the time that its client gave gets 504 long before the server's own limit."""
    began = time.perf_counter()
    params = {"query": _SLOW, **how.get("params", {})}
    answer = httpx.get(server.sparql, params=params, headers=how.get("headers"), timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (504, "query-timeout")
    assert time.perf_counter() - began < 15  # the server's own limit is 30 seconds


@pytest.mark.parametrize("form", [form.name for form in RESULTS])
@pytest.mark.parametrize("limit", ["max-rows", "max-bytes"])
def test_an_answer_over_a_lowered_limit_is_not_whole(server: Server, form: str, limit: str) -> None:
    """An answer over `max-rows` or `max-bytes` is a problem document, or is cut off."""
    query = {"query": f"{_ROWS} LIMIT 5000", "format": form, limit: "4999"}
    assert not _is_whole(server, query)
    small = httpx.get(server.sparql, params=query | {"query": f"{_ROWS} LIMIT 9", limit: "8"})
    assert (small.status_code, small.json()["code"]) == (503, "query-resources")
    enough = httpx.get(server.sparql, params=query | {"max-rows": "5000", "max-bytes": "9999999"})
    assert enough.status_code == 200


def _is_whole(server: Server, query: dict[str, str]) -> bool:
    try:
        return httpx.get(server.sparql, params=query).status_code == 200
    except httpx.RemoteProtocolError:
        return False


def test_a_limit_that_is_no_number_is_told(server: Server) -> None:
    """A limit that is not a number gets 400."""
    for name in ("timeout", "max-rows", "max-bytes", "max-memory"):
        answer = httpx.get(server.sparql, params={"query": "ASK {}", name: "many"})
        assert answer.status_code == 400
        assert name in answer.json()["detail"]


def test_a_query_over_its_processor_time_is_stopped(launch: Launch, folder: Path) -> None:
    """A query over its processor time gets 504, and its worker is replaced."""
    with launch(folder, query_cpu_seconds=0.3) as server:
        answer = server.ask(_SLOW)
        assert (answer.status_code, answer.json()["code"]) == (504, "query-timeout")
        assert "processor" in answer.json()["detail"]
        assert all(server.ask("ASK {}").status_code == 200 for _ in range(4))


@pytest.mark.long
def test_a_client_over_its_share_is_told_when_to_come_back(
    launch: Launch, published: Callable[[Path, int], int], tmp_path: Path
) -> None:
    """A client that has used its time in a minute gets 429 with Retry-After; a token has its own.

    An unknown token gets 401 (RFC 6750, 3.1).
    """
    folder = tmp_path / "graph"
    published(folder, 1_000)
    secret = Tokens(folder).create("federation")
    with launch(folder, client_seconds=1) as server:
        assert httpx.get(server.sparql, params={"query": _SLOW, "timeout": 1.2}).status_code == 504
        refused = server.ask("ASK {}")
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-queries")
        assert int(refused.headers["retry-after"]) > 5
        assert httpx.get(f"{server.url}/health").status_code == 200
        assert server.ask("ASK {}", Authorization=f"Bearer {secret}").status_code == 200
        assert server.ask("ASK {}", Authorization="Bearer guess").status_code == 401


@pytest.mark.long
def test_a_token_may_raise_limits(
    launch: Launch, published: Callable[[Path, int], int], tmp_path: Path
) -> None:
    """A token has its own limits of time, rows, bytes and share; who has none has the operator's.

    Who has one may lower its limits as well, and finds them in the description of the service.
    """
    folder = tmp_path / "graph"
    published(folder, 3_000)
    allowance = Allowance(
        query_seconds=20.0, query_rows=900, query_bytes=1 << 20, client_queries=3, client_seconds=50
    )
    raised = {"Authorization": f"Bearer {Tokens(folder).create('un', (), allowance=allowance)}"}
    plain = {"Authorization": f"Bearer {Tokens(folder).create('plain')}"}
    tight: dict[str, Any] = {
        "query_seconds": 0.3,
        "query_cpu_seconds": 0.3,
        "query_rows": 9,
        "client_seconds": 4,
    }
    with launch(folder, cache_bytes=0, **tight) as server:

        def status(query: str, headers: dict[str, str], **lower: str) -> int:
            sent = {"query": query, **lower}
            try:
                answer = httpx.get(server.sparql, params=sent, headers=headers, timeout=30)
            except httpx.RemoteProtocolError:
                return 503  # it had begun, and was cut
            return answer.status_code

        slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }"  # nine million rows
        rows = f"{_ROWS} LIMIT 900"
        for headers in ({}, plain):
            assert (status(slow, headers), status(rows, headers)) == (504, 503)
        assert (status(slow, raised), status(rows, raised)) == (200, 200)
        assert status(f"{_ROWS} LIMIT 901", raised) == 503
        assert (status(f"{slow} #", raised, timeout="0.1"), status(f"{slow} #", {})) == (504, 504)
        assert status(rows, raised, **{"max-rows": "899"}) == 503
        description = httpx.get(
            server.sparql, headers=raised | {"Accept": "application/n-triples"}
        ).text
        assert '/value> "20"' in description
        assert '/value> "900"' in description
        write = {"update": "INSERT DATA { <urn:a> <urn:b> 1 }"}
        refused = httpx.post(server.sparql, data=write, headers=raised, timeout=30)
        assert (refused.status_code, refused.json()["code"]) == (403, "write-refused")


_HEAVY = (
    f"SELECT (STRLEN(GROUP_CONCAT(?o; SEPARATOR='{60 * '-'}')) AS ?n)"
    " { ?s <urn:value> ?o . ?t <urn:value> ?u }"
)


@pytest.mark.long
@pytest.mark.parametrize("tier", ["disk", "memory"])
def test_memory_is_lowered_by_a_client_and_raised_by_a_token(
    launch: Launch, published: Callable[[Path, int], int], tmp_path: Path, tier: str
) -> None:
    """A query has the memory of the setting, less where it asks so, more where its token says so.

    What one query had, the next one has not: each has its own.
    """
    folder = tmp_path / "graph"
    published(folder, 800)  # 640,000 pairs: 45 MB of text
    allowance = Allowance(query_memory=1 << 30)
    token = {"Authorization": f"Bearer {Tokens(folder).create('un', (), allowance=allowance)}"}
    with launch(folder, tier, workers=1, cache_bytes=0, query_memory="24MiB") as server:

        def status_of(headers: dict[str, str], **lower: str) -> str:
            sent = {"query": _HEAVY, **lower}
            answer = httpx.get(server.sparql, params=sent, headers=headers, timeout=60)
            return str(answer.json().get("code", answer.status_code))

        for _ in range(2):
            assert status_of({}) == "query-resources"
            assert status_of({}, **{"max-memory": str(1 << 31)}) == "query-resources"
            assert status_of(token) == "200"
        assert status_of(token, **{"max-memory": "24000000"}) == "query-resources"
        assert server.ask("ASK {}").status_code == 200
        little = httpx.get(server.sparql, params={"query": "ASK {}", "max-memory": "0"})
        assert little.status_code == 200
        description = httpx.get(
            server.sparql, headers=token | {"Accept": "application/n-triples"}
        ).text
        assert f'/value> "{1 << 30}"' in description


_VALUES = st.lists(st.tuples(*[st.text('},{"\n\r<result>a:\\ \t', max_size=8)] * 2), max_size=8)


@given(_VALUES, st.sampled_from(RESULTS), st.integers(1, 9))
def test_rows_are_counted_exactly(values: list[tuple[str, str]], form: Format, size: int) -> None:
    """The rows are counted whatever stands in them and however the answer is cut into chunks."""
    rows = " ".join(f"({Literal(left)} {Literal(right)})" for left, right in values)
    results = Store().query(f"SELECT ?a ?bindings {{ VALUES (?a ?bindings) {{ {rows} }} }}")
    assert isinstance(results, QuerySolutions)
    text = results.serialize(format=_engine(form)) or b""
    counter = RowCounter(form.name)
    for start in range(0, len(text), size):
        counter.take(text[start : start + size])
    assert counter.take(b"") == len(values)


def _engine(form: Format) -> QueryResultsFormat:
    return form.engine  # type: ignore[return-value]  # those of results
