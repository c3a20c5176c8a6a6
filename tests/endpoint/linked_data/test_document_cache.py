"""Documents that are kept: what is given again is what would be made again, and never another."""

import asyncio
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.support.server import Server, Start, http_client
from urbansdg.endpoint.cache.document_cache import CachedApplication, DocumentCache
from urbansdg.endpoint.versions.version_follower import Follower
from urbansdg.store import GraphStore

_BASE = "http://localhost:8000"
_SEOUL = "/doc/city/1835848"
_FRESH = {"prefer": "respond-async"}
"""What has an answer made anew: none to a request with a preference is kept."""

_HTML = {"accept": "text/html"}
_TURTLE = {"accept": "text/turtle"}


Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def client(serving: Server) -> Iterator[httpx.Client]:
    """Return a client of the server that takes no coding unless it says so."""
    serving.index()  # lists have no facets before
    plain = {"accept-encoding": "identity"}
    with http_client(serving.url, headers=plain) as client:
        yield client


def _hits(client: httpx.Client) -> int:
    match = re.search(r"\nurbansdg_documents_kept_hits (\S+)", client.get("/metrics").text)
    assert match
    return int(float(match[1]))


def _seen(client: httpx.Client, method: str, path: str, request_headers: dict[str, str]) -> object:
    """Return all of a response that means something: not Date, nor the order of its fields.

    The order of fields of different names has no meaning (RFC 9110, 5.3).
    """
    with client.stream(method, path, headers=request_headers) as answer:
        fields = [field for field in answer.headers.multi_items() if field[0] != "date"]
        body = b"".join(answer.iter_raw())
        return answer.status_code, sorted(fields, key=itemgetter(0)), body


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (_SEOUL, _TURTLE),
        (_SEOUL, {"accept": "application/ld+json", "accept-language": "ko"}),
        (_SEOUL, _TURTLE | {"accept-profile": "<https://schema.org/>"}),
        (_SEOUL, _HTML | {"accept-language": "en"}),
        (_SEOUL, _HTML | {"accept-language": "ko"}),
        (f"{_SEOUL}?lang=ar", _HTML),
        (f"{_SEOUL}.nt", {}),
        ("/describe?uri=http://metadata.un.org/sdg/11", _TURTLE),
        ("/id/city/1835848", {}),
        ("/graph/cities", _TURTLE),
        ("/goals", _HTML),
        (_SEOUL, {"if-none-match": "*"}),
    ],
)
def test_what_is_kept_is_what_would_be_made(
    client: httpx.Client, path: str, headers: dict[str, str], coding: str
) -> None:
    """A kept answer has the status, headers and bytes of a new one; for HEAD, no body."""
    headers = headers | {"accept-encoding": coding}
    fresh = _seen(client, "GET", path, headers | _FRESH)
    assert _seen(client, "GET", path, headers) == fresh
    before = _hits(client)
    assert _seen(client, "GET", path, headers) == fresh
    head = _seen(client, "HEAD", path, headers)
    assert head == _seen(client, "HEAD", path, headers | _FRESH)
    assert _hits(client) == before + 2


@pytest.mark.parametrize(
    "headers",
    [
        {"accept": "application/n-triples"},
        _HTML,
        _HTML | {"accept-language": "ko"},
        _TURTLE | {"accept-profile": "<https://schema.org/>"},
        _TURTLE | {"accept-encoding": "br"},
    ],
)
def test_another_wish_has_another_answer(client: httpx.Client, headers: dict[str, str]) -> None:
    """What is kept for a language, form, profile or coding is given to no other wish."""
    for _ in range(2):
        answer = client.get(_SEOUL, headers=_TURTLE)
        assert answer.headers["etag"] != client.get(_SEOUL, headers=headers).headers["etag"]
    assert client.get(_SEOUL, headers=_TURTLE).text == answer.text


def test_a_time_is_no_matter_of_what_is_kept(client: httpx.Client) -> None:
    """Who asks for a document at a time is led there, though the document is kept."""
    for _ in range(2):
        assert client.get(_SEOUL, headers=_TURTLE).status_code == 200
    headers = {"accept-datetime": "Mon, 01 Jan 2035 00:00:00 GMT"}
    assert client.get(_SEOUL, headers=headers).status_code == 302


def test_kept_documents_come_in_the_order_that_they_were_asked_for(client: httpx.Client) -> None:
    """Requests sent at once on one connection are answered in turn, then it is closed as asked."""
    where = urlsplit(str(client.base_url))
    lines = f"{_SEOUL}.nt HTTP/1.1\r\nHost: localhost\r\n"
    document = client.get(f"{_SEOUL}.nt").content
    sent = f"HEAD {lines}\r\nGET {lines}\r\nGET {lines}Connection: close\r\n\r\n"
    with socket.create_connection((where.hostname or "", where.port or 0), 10) as connection:
        connection.sendall(sent.encode())
        answers = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert [part.partition(b"\r\n\r\n")[2] for part in answers.split(b"HTTP/1.1 200 OK")[1:]] == [
        b"",
        document,
        document,
    ]
    assert b"connection: close" in answers.lower()


def test_a_new_version_has_new_documents(
    graph: Path,
    serve: Start,
    urbansdg: Command,
    tmp_path: Path,
) -> None:
    """What was kept of a version, or was not there in it, is not given once another is current."""
    file = tmp_path / "told.nt"
    file.write_text(f'<{_BASE}/id/place/new> <http://schema.org/name> "Hanyang"@en .\n', "utf-8")
    with serve(graph) as running, http_client(running.url) as asking:
        before = [asking.get(f"{_SEOUL}.nt") for _ in range(2)][-1]
        assert asking.get("/doc/place/new.nt").status_code == 404
        done = urbansdg("load", file, "--data-dir", graph)
        assert done.returncode == 0, done.stderr
        after = _later(lambda: asking.get(f"{_SEOUL}.nt"), before.headers["etag"])
        assert after.headers["urbansdg-version"] == "2"
        assert "Hanyang" in asking.get("/doc/place/new.nt").text


def _later(ask: Callable[[], httpx.Response], tag: str) -> httpx.Response:
    """Return the first answer with another entity tag."""
    deadline = time.monotonic() + 60
    while (answer := ask()).headers["etag"] == tag:
        assert time.monotonic() < deadline, "the new version is not served"
        time.sleep(0.02)
    return answer


@pytest.fixture
def cache(bundled: Path) -> DocumentCache:
    """Return an empty cache of 64 KiB over the bundled graph."""
    return DocumentCache(1 << 16, Follower(GraphStore.open(bundled)))


def _body_of(app: ASGIApp, path: str, *headers: tuple[bytes, bytes]) -> bytes:
    """Return the body of an application's answer."""
    sent = bytearray()

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.extend(message.get("body", b""))

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    asyncio.run(_called(app, scope, receive, send))
    return bytes(sent)


async def _called(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


class _Counting:
    """An application that counts its requests; `meanwhile` runs while it answers."""

    def __init__(self, size: int = 0, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.size, self.meanwhile, self.times = size, meanwhile, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.times += 1
        self.meanwhile()
        await Response(f"{self.times}".ljust(self.size))(scope, receive, send)


def test_a_passing_answer_is_not_kept(cache: DocumentCache) -> None:
    """What is sent with no-store, such as a list before its index is there, is made anew."""
    times = iter(range(1, 9))

    async def passing(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {"cache-control": "no-store"}
        await Response(f"{next(times)}", headers=headers)(scope, receive, send)

    app = CachedApplication(passing, cache)
    assert [_body_of(app, "/policies") for _ in range(2)] == [b"1", b"2"]


def test_a_revised_version_has_new_documents(cache: DocumentCache) -> None:
    """What was kept of a version is dropped when it was revised, its number being the same."""
    app = CachedApplication(_Counting(), cache)
    assert [_body_of(app, _SEOUL) for _ in range(2)] == [b"1", b"1"]
    cache.follower.snapshot = replace(cache.follower.snapshot, mark="1.1")
    assert [_body_of(app, _SEOUL) for _ in range(2)] == [b"2", b"2"]
    assert len(cache) == 1


def test_an_answer_between_two_versions_is_not_kept(cache: DocumentCache) -> None:
    """What was begun at one version and ended at another is kept for neither."""

    def follow() -> None:
        cache.follower.snapshot = replace(cache.follower.snapshot, mark=f"{counting.times}")

    counting = _Counting(meanwhile=follow)
    assert [_body_of(CachedApplication(counting, cache), _SEOUL) for _ in range(2)] == [b"1", b"2"]
    assert len(cache) == 0


def test_kept_documents_stay_within_their_room(cache: DocumentCache) -> None:
    """Many answers take no more than the room, one that is long or asked at length takes none."""
    app = CachedApplication(_Counting(2_000), cache)
    for number in range(50):
        _body_of(app, f"/doc/city/{number}")
    assert 8 < len(cache) < 50
    assert cache.size <= cache.room
    length = len(cache)
    _body_of(app, _SEOUL, (b"accept", b"x" * 3_000))
    _body_of(CachedApplication(_Counting(10_000), cache), _SEOUL)
    assert len(cache) == length
    assert not DocumentCache(0, cache.follower).room


@pytest.mark.parametrize(
    "path", ["/", "/sparql", "/search", "/health", "/dataset", "/memento/1/doc/x"]
)
def test_what_depends_on_more_is_not_kept(cache: DocumentCache, path: str) -> None:
    """Only what the version and the request decide is kept."""
    app = CachedApplication(_Counting(), cache)
    assert [_body_of(app, path) for _ in range(2)] == [b"1", b"2"]
