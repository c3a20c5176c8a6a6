"""What is kept of answers: by the server, by caches on the way, and by those who cite."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import shutil
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.server import eventually
from urbansdg.endpoint.cache.answer_cache import AnswerCache, key_of
from urbansdg.endpoint.query.parsed_request import raw_of
from urbansdg.endpoint.workers.query_limits import QueryLimits
from urbansdg.endpoint.workers.worker_frames import QueryMessage
from urbansdg.endpoint.workers.worker_pool import WorkerAnswer
from urbansdg.store import GraphStore, Tokens
from urbansdg.store.retention import prune

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from tests.support.server import Server, Start

_ROWS = "SELECT ?o { ?s <urn:value> ?o } ORDER BY ?o"
_COUNT = "SELECT (COUNT(*) AS ?n) { ?s <urn:value> ?o }"
_REPORTED = 0.3  # seconds, three reports of a front end
_LIMITS = QueryLimits(1.0, 1.0, 1000, 1000, 1 << 30)


def _hits(server: Server) -> int:
    return int(httpx.get(f"{server.url}/health").json()["cache"]["hits"])


def _hits_at_rest(server: Server) -> int:
    """Return the hits once every front end has reported its own."""
    before = _hits(server)
    time.sleep(_REPORTED)
    while (now := _hits(server)) != before:
        before = now
        time.sleep(_REPORTED)
    return now


def _number(answer: httpx.Response) -> int:
    return int(answer.json()["results"]["bindings"][0]["n"]["value"])


def _link(answer: httpx.Response, relation: str) -> str:
    match = re.search(rf'<([^>]*)>; rel="{relation}"', answer.headers["link"])
    assert match
    return match[1]


class Old:
    """A server on the last of three versions, with a graph of 1, 2 and 3 rows."""

    def __init__(self, server: Server, folder: Path) -> None:
        """Keep the server and its graph."""
        self.server = server
        self.folder = folder

    def ask(self, version: object, query: str = _COUNT) -> httpx.Response:
        """Ask a version."""
        params = {"query": query, "version": str(version)}
        return httpx.get(self.server.sparql, params=params, timeout=30)


@pytest.fixture(scope="module")
def old(
    tmp_path_factory: pytest.TempPathFactory,
    launched: Start,
    published: Callable[[Path, int], int],
) -> Iterator[Old]:
    """Return a server with two older versions, of which one may be asked at a time."""
    folder = tmp_path_factory.mktemp("old") / "graph"
    for rows in (1, 2, 3):
        published(folder, rows)
    log = folder.parent / "log"
    with launched(
        folder, log, archive_workers=1, wait_seconds=1, query_seconds=4, cache_bytes="1MiB"
    ) as server:
        yield Old(server, folder)


@pytest.mark.parametrize("query", ["ASK { ?s <urn:value> ?o }", _ROWS])
def test_a_repeated_query_is_answered_from_what_is_kept(
    server: Server, client: httpx.Client, query: str
) -> None:
    """The second answer is the first one's bytes, and says that it was kept (RFC 9211).

    It is on the same connection: each front end keeps answers of its own.
    """
    question = {"query": f"{query} # {query[:3]}"}
    first, second = (client.get(server.sparql, params=question) for _ in range(2))
    assert first.headers["cache-status"] == "urbansdg; fwd=uri-miss"
    assert second.headers["cache-status"] == "urbansdg; hit"
    assert second.content == first.content
    assert second.headers["etag"] == first.headers["etag"]


def test_an_answer_by_chance_is_never_kept(server: Server) -> None:
    """A query with RAND() is evaluated each time."""
    query = "SELECT (RAND() AS ?x) {}"
    first, second = (server.ask(query) for _ in range(2))
    assert second.headers["cache-status"] == "urbansdg; fwd=bypass"
    assert first.content != second.content


def test_a_kept_answer_is_no_longer_than_the_client_allows(server: Server) -> None:
    """A client that lowers its limits is held to them, whatever is kept."""
    params = {"query": f"{_ROWS} LIMIT 50", "max-rows": "10"}
    server.ask(params["query"])
    assert httpx.get(server.sparql, params=params).status_code == 503


def test_health_tells_of_what_is_kept(server: Server) -> None:
    """`/health` counts the answers from the caches of all front ends, a moment later."""
    query = f"{_COUNT} # counted"
    before = _hits_at_rest(server)
    statuses = [server.ask(query).headers["cache-status"] for _ in range(4)]
    hits = statuses.count("urbansdg; hit")
    assert hits >= 2  # each front end misses once
    assert eventually(lambda: _hits(server) == before + hits, 10)


def test_nothing_is_kept_where_that_is_switched_off(
    launched: Start,
    folder: Path,
    tmp_path: Path,
) -> None:
    """With a room of 0 bytes each query is evaluated."""
    with launched(folder, tmp_path / "log", cache_bytes=0) as server:
        statuses = {server.ask(_COUNT).headers["cache-status"] for _ in range(2)}
    assert statuses == {"urbansdg; fwd=uri-miss"}


def _answer(body: bytes, version: int = 1, *chunks: bytes) -> WorkerAnswer:
    async def rest() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    created = datetime(2026, 1, 1, tzinfo=UTC)
    return WorkerAnswer(False, version, created, str(version), "disk", body, not chunks, rest())  # noqa: FBT003


def test_the_room_is_never_exceeded_and_the_oldest_goes_first() -> None:
    """Answers are kept within their room; those asked least recently make place."""
    cache = AnswerCache(20_000)
    keys = [
        key_of(QueryMessage(f"ASK {{ <urn:{n}> ?p ?o }}", "json", None), _LIMITS) for n in range(12)
    ]
    for key in keys:
        cache.keeping(key, _answer(b"x" * 1000))
        assert cache.find("1", keys[0]) is not None
        assert cache.size <= 20_000
    assert cache.find("1", keys[-1]) is not None
    assert cache.find("1", keys[1]) is None
    assert cache.find("2", keys[-1]) is None


@pytest.mark.parametrize(("read", "is_whole"), [(3, True), (2, False)])
def test_only_a_whole_answer_is_kept(read: int, *, is_whole: bool) -> None:
    """An answer that comes in parts is kept when its end has come, and only then."""

    async def use() -> WorkerAnswer | None:
        cache, key = AnswerCache(1 << 20), key_of(QueryMessage("ASK {}", "json", None), _LIMITS)
        chunks = cache.keeping(key, _answer(b"a", 1, b"b", b"c")).chunks()
        for _ in range(read):
            await anext(chunks)
        if is_whole:
            assert await anext(chunks, None) is None
        return cache.find("1", key)

    entry = asyncio.run(use())
    assert (entry is not None) is is_whole
    assert not is_whole or (entry is not None and entry.head == b"abc")


def test_white_space_around_a_query_does_not_count() -> None:
    """Queries that differ in the white space around them alone have one answer kept."""
    messages = [QueryMessage(text, "json", None) for text in ("ASK {}", "\n ASK {}\t")]
    assert key_of(messages[0], _LIMITS) == key_of(messages[1], _LIMITS)


def test_a_request_is_read_by_all_that_it_depends_on() -> None:
    """Requests that differ in method, address, body or a header that counts are read apart."""
    base: dict[str, Any] = {"method": "POST", "query_string": b"format=csv", "headers": []}
    kinds = (b"content-type", b"content-encoding", b"accept", b"accept-encoding", b"prefer")
    scopes = [base, base | {"method": "GET"}, base | {"query_string": b"format=json"}]
    scopes += [base | {"headers": [(name, b"x")]} for name in kinds]
    raws = [raw_of(scope, body) for scope in scopes for body in (b"", b"ASK {}")]
    assert len(set(raws)) == len(raws)


def test_an_unchanged_answer_is_304_with_the_headers_of_the_200(server: Server) -> None:
    """A 304 has the caching headers that the 200 has (RFC 9110, 15.4.5)."""
    whole = server.ask(_ROWS)
    answer = server.ask(_ROWS, **{"If-None-Match": whole.headers["etag"]})
    assert (answer.status_code, answer.content) == (304, b"")
    for name in ("etag", "cache-control", "vary", "link", "memento-datetime", "urbansdg-version"):
        assert answer.headers[name] == whole.headers[name]
    assert whole.headers["cache-control"] == "public, max-age=10, must-revalidate"


def test_each_format_and_encoding_has_its_tag(server: Server) -> None:
    """Entity tags differ by format and by content coding (RFC 9110, 8.8.3)."""
    kinds = [(a, e) for a in ("text/csv", "application/json") for e in ("gzip", "identity")]
    answers = [server.ask(_ROWS, **{"Accept": a, "Accept-Encoding": e}) for a, e in kinds]
    assert len({answer.headers["etag"] for answer in answers}) == 4


def test_every_answer_names_its_version(old: Old) -> None:
    """An answer has the version's time (RFC 7089) and a link to its description."""
    answer = old.server.ask(_COUNT)
    version = GraphStore.open(old.folder).current()
    assert answer.headers["urbansdg-version"] == str(version.number)
    moment = parsedate_to_datetime(answer.headers["memento-datetime"])
    assert moment == version.created.replace(microsecond=0)
    assert _link(answer, "describedby") == f"http://example.org/id/version/{version.number}"


@pytest.mark.parametrize("version", [1, 2, 3])
def test_an_older_version_is_asked_by_its_number(old: Old, version: int) -> None:
    """`?version=N` is answered from that version, and may be kept for a day: it may be revised."""
    answer = old.ask(version)
    assert _number(answer) == version
    assert answer.headers["urbansdg-version"] == str(version)
    assert answer.headers["cache-control"] == "public, max-age=86400, must-revalidate"


def test_the_link_to_cite_gives_the_same_answer_after_a_change(
    old: Old, published: Callable[[Path, int], int], soon: Callable[[Callable[[], bool]], bool]
) -> None:
    """`cite-as` (RFC 8574) leads to the answer that was given, whatever is published since."""
    first = old.server.ask(_ROWS)
    cited = urlsplit(_link(first, "cite-as"))
    published(old.folder, 5)
    assert soon(lambda: _number(old.server.ask(_COUNT)) == 5)
    again = httpx.get(f"{old.server.url}{cited.path}?{cited.query}")
    assert again.content == first.content
    assert old.server.ask(_ROWS).content != first.content


@pytest.mark.parametrize(("version", "status"), [("999", 404), ("-1", 400), ("1.0", 400)])
def test_a_version_that_is_not_kept_is_said_so(old: Old, version: str, status: int) -> None:
    """A version that there is none of gets 404, what is not a number 400, as problem documents."""
    answer = old.ask(version)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert str(old.folder) not in answer.text


_OF_A_VERSION = ("/sparql?query=ASK+{}&", "/graphs?default&", "/memento/{}/doc/city/1?")


@pytest.mark.parametrize("path", _OF_A_VERSION)
def test_a_version_that_was_removed_is_gone(old: Old, path: str) -> None:
    """A version that was pruned is 410 wherever it is asked for, one that never was is 404."""
    store = GraphStore.open(old.folder)
    prune(store, store.current_number())
    for number, status in ((0, 410), (999, 404)):
        address = f"{old.server.url}{path.replace('/{}/', f'/{number}/')}"
        answer = httpx.get(f"{address}version={number}")
        assert (answer.status_code, answer.json()["code"]) == (status, "version-not-found")
        assert str(number) in answer.json()["detail"]
        assert answer.json()["remedy"].startswith(
            f"The current version is {store.current_number()}."
        )


def test_a_graph_is_read_as_it_was(old: Old) -> None:
    """`/graphs?version=N` has the graph of that version, with a tag of its own; nothing writes."""
    address = f"{old.server.url}/graphs"
    parameters = {"graph": "http://example.org/rows", "version": "1"}
    first, now = (
        httpx.get(address, params=params)
        for params in (parameters, {"graph": "http://example.org/rows"})
    )
    assert (first.status_code, first.text.count("urn:row:")) == (200, 1)
    assert now.text.count("urn:row:") > 1
    assert first.headers["urbansdg-version"] == "1"
    assert first.headers["cache-control"] == "public, max-age=86400, must-revalidate"
    assert first.headers["etag"] != now.headers["etag"]
    answer = httpx.get(address, params=parameters, headers={"if-none-match": first.headers["etag"]})
    assert answer.status_code == 304
    secret = Tokens(old.folder).create("writer")
    refused = httpx.delete(
        address, params=parameters, headers={"Authorization": f"Bearer {secret}"}
    )
    assert refused.status_code == 400


@pytest.mark.long
def test_older_versions_have_a_bounded_number_of_workers(
    old: Old, soon: Callable[[Callable[[], bool]], bool]
) -> None:
    """Where the workers of older versions are in use, another one gets 503; the current goes on."""

    async def use() -> tuple[int, int, int]:
        async with httpx.AsyncClient(timeout=30) as client:
            params = {"query": _endless(), "version": "1"}
            before = old.server.worked()
            slow = asyncio.ensure_future(client.get(old.server.sparql, params=params))
            has_started = await asyncio.to_thread(soon, lambda: old.server.worked() > before + 0.2)
            assert has_started
            other = await client.get(old.server.sparql, params={"query": "ASK {}", "version": "2"})
            current = await client.get(old.server.sparql, params={"query": "ASK {}"})
            return (await slow).status_code, other.status_code, current.status_code

    assert asyncio.run(use()) == (504, 503, 200)
    assert _number(old.ask(2)) == 2


def _endless() -> str:
    patterns = " . ".join(f"?a{n} ?b{n} ?c{n}" for n in range(9))
    return f"SELECT (COUNT(*) AS ?n) {{ {patterns} }}"


def test_head_has_the_headers_of_get(old: Old) -> None:
    """HEAD tells the same of an answer, whether it was kept or not (RFC 9110, 9.3.2)."""
    query = f"{_COUNT} # head"
    options = {"params": {"query": query}, "headers": {"Accept-Encoding": "identity"}}
    head = httpx.head(old.server.sparql, **options)  # type: ignore[arg-type]
    get = httpx.get(old.server.sparql, **options)  # type: ignore[arg-type]
    assert not head.content
    for name in ("etag", "cache-control", "content-length", "link", "memento-datetime"):
        assert head.headers[name] == get.headers[name]
    assert json.loads(get.content)


@pytest.mark.long
def test_a_version_that_was_removed_can_be_rebuilt(old: Old) -> None:
    """The 410 links to a dump and to patches that lead to the lines of the version."""
    url = old.server.url
    patch = f"{url}/dumps/2/changes.rdfp.gz"
    expected, before = _lines(httpx.get(f"{url}/dumps/2/all.nq.gz", timeout=30)), httpx.get(patch)
    assert httpx.get(f"{url}/events", timeout=30).status_code == 200
    shutil.rmtree(old.folder / "versions" / "2")
    gone = old.ask(2)
    assert gone.status_code == 410
    assert "The nearest version that is kept is 3." in gone.json()["remedy"]
    related = re.findall(r'<([^>]*)>; rel="related"', gone.headers["link"])
    paths = [address.removeprefix("http://example.org") for address in related]
    assert paths == ["/dumps/3/all.nq.gz", "/dumps/3/changes.rdfp.gz"]
    dump, undone = (_lines(httpx.get(url + path, timeout=30)) for path in paths)
    added = {line[2:] for line in undone if line.startswith("A ")}
    removed = {line[2:] for line in undone if line.startswith("D ")}
    assert sorted((set(dump) - added) | removed) == expected
    after = httpx.get(patch)
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])
    known = httpx.get(patch, headers={"if-none-match": after.headers["etag"]})
    assert known.status_code == 304
    assert httpx.get(f"{url}/dumps/2/all.nq.gz").status_code == 410


def _lines(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return gzip.decompress(answer.content).decode().split("\n")[:-1]
