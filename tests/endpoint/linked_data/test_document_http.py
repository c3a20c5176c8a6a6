"""HTTP by its book, over every route that is read: RFC 9110, with what each answer has to have."""

import gzip
import re
from collections.abc import Iterator

import brotli
import httpx
import pytest

from tests.support.server import Server, http_client

_SEOUL = "/doc/city/1835848"
_TARGET = "/describe?uri=http://metadata.un.org/sdg/11.2"
_NEGOTIATED = (
    *(_SEOUL, "/doc/policy/2673730-congestion-tax/claim/11.6", _TARGET, "/graph/cities"),
    *("/ontology", "/shapes", "/vocab/status", "/dataset", "/.well-known/void"),
)
_FIXED = (
    *(f"{_SEOUL}.ttl", f"{_SEOUL}.html", f"{_TARGET}&format=nt", "/graph/cities.jsonld"),
    *("/ontology.rdf", "/shapes.nt", "/vocab/status.html", "/dataset.jsonld"),
    *("/context.jsonld", "/", "/dumps/1/all.nq.gz", "/memento/1/doc/city/1835848.ttl"),
    *("/sitemap/1/1.xml", "/feed.atom", "/linkset/doc/city/1835848.json", "/static/style.css"),
)
_STREAMED = ("/events", "/events/1/1", "/graphs?graph=http://localhost:8000/graph/cities")
_EVERY = (*_NEGOTIATED, *_FIXED, *_STREAMED)
_RDF = ("text/turtle", "application/ld+json", "application/n-triples", "application/rdf+xml")
_QUADS = ("application/trig", "application/n-quads")
_CACHING_HEADERS = ("etag", "last-modified", "vary", "cache-control", "content-location")
_DECODED = {"br": brotli.decompress, "gzip": gzip.decompress}


@pytest.fixture(scope="module")
def client(serving: Server) -> Iterator[httpx.Client]:
    """Return a client of the server that takes no coding unless it says so."""
    plain = {"accept-encoding": "identity"}
    with http_client(serving.url, headers=plain) as client:
        # Waits until it is known what is new: "/" shows it from then on.
        assert client.get("/feed.atom").status_code == 200
        yield client


def _raw(client: httpx.Client, path: str, coding: str) -> tuple[httpx.Headers, bytes]:
    """Return the headers of an answer, and its body as it came."""
    with client.stream("GET", path, headers={"accept-encoding": coding}) as answer:
        return answer.headers, b"".join(answer.iter_raw())


def _vary(headers: httpx.Headers) -> set[str]:
    return {field.strip() for field in headers.get("vary", "").split(",")} - {""}


@pytest.mark.parametrize("path", _EVERY)
def test_head_has_the_headers_of_get(client: httpx.Client, path: str) -> None:
    """HEAD has the headers of GET, the length too, and no body."""
    got, head = client.get(path), client.head(path)
    assert (got.status_code, head.status_code, head.content) == (200, 200, b"")
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}
    assert int(head.headers["content-length"]) == len(got.content)


@pytest.mark.parametrize("path", _EVERY)
def test_what_is_held_is_not_sent_again(client: httpx.Client, path: str) -> None:
    """Who has an answer, by its entity tag or its time, gets 304 with the headers that count."""
    got = client.get(path)
    tag, moment = got.headers["etag"], got.headers["last-modified"]
    earlier = "Mon, 01 Jan 2001 00:00:00 GMT"
    for conditions, status in (
        ({"if-none-match": tag}, 304),
        ({"if-none-match": f'"other", W/{tag}'}, 304),
        ({"if-none-match": "*"}, 304),
        ({"if-modified-since": moment}, 304),
        ({"if-none-match": '"other"', "if-modified-since": moment}, 200),
        ({"if-none-match": tag, "if-modified-since": earlier}, 304),
        ({"if-modified-since": earlier}, 200),
        ({"if-modified-since": "soon"}, 200),
    ):
        answer = client.get(path, headers=conditions)
        assert answer.status_code == status, conditions
        if status == 304:
            assert answer.content == b""
            headers = {name: got.headers.get(name) for name in _CACHING_HEADERS}
            headers.pop("last-modified") if path.startswith("/static") else None
            assert {name: answer.headers.get(name) for name in headers} == headers


@pytest.mark.parametrize("path", _EVERY)
def test_each_coding_has_its_own_entity_tag(client: httpx.Client, path: str) -> None:
    """Brotli and gzip give the same bytes under entity tags of their own, and Vary says so."""
    plain, body = _raw(client, path, "identity")
    assert "content-encoding" not in plain
    if plain["content-type"] == "application/gzip":
        assert "content-encoding" not in _raw(client, path, "br, gzip")[0]
        return
    assert "Accept-Encoding" in _vary(plain)
    tags = {plain["etag"]}
    for coding, decoded in _DECODED.items():
        headers, packed = _raw(client, path, coding)
        assert headers["content-encoding"] == coding
        assert decoded(packed) == body
        assert len(packed) < len(body)
        assert _vary(headers) == _vary(plain)
        tags.add(headers["etag"])
        conditions = {"accept-encoding": coding, "if-none-match": headers["etag"]}
        answer = client.get(path, headers=conditions)
        assert (answer.status_code, answer.headers["etag"]) == (304, headers["etag"])
        conditions["accept-encoding"] = "identity"
        assert client.get(path, headers=conditions).status_code == 200
    assert len(tags) == 3


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("br;q=0.5, gzip", "gzip"),
        ("gzip, br", "br"),
        ("*", "br"),
        ("*;q=0.3, br;q=0", "gzip"),
        ("identity, gzip;q=0.5", None),
        ("gzip;q=0, br;q=0", None),
        ("zstd", None),
        ("gzip;q=high", None),
        ("", None),
    ],
)
def test_the_coding_is_what_the_client_prefers(
    client: httpx.Client, accept: str, coding: str | None
) -> None:
    """The coding is the one that Accept-Encoding prefers, none where it names no other."""
    for path in (_SEOUL, "/sparql?query=SELECT%20*%20%7B%3Fs%20%3Fp%20%3Fo%7D%20LIMIT%20100"):
        assert _raw(client, path, accept)[0].get("content-encoding") == coding


@pytest.mark.parametrize("path", _NEGOTIATED)
@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        *((media_type, media_type) for media_type in (*_RDF, *_QUADS, "text/html")),
        ("*/*", "text/turtle"),
        ("application/*", "application/n-triples"),
        ("text/*;q=0.1, application/rdf+xml", "application/rdf+xml"),
        ("*/*;q=0.9, text/html;q=0.1, text/turtle;q=0", "application/n-triples"),
        ("text/html;q=0.5, application/ld+json;q=0.6, */*;q=0.1", "application/ld+json"),
        (
            'application/ld+json; profile="http://www.w3.org/ns/json-ld#compacted"',
            "application/ld+json",
        ),
        ("TEXT/TURTLE", "text/turtle"),
        ("nonsense", "text/turtle"),
        ("image/png", None),
        ("text/turtle;q=0", None),
    ],
)
def test_the_form_follows_accept(
    client: httpx.Client, path: str, accept: str, media_type: str | None
) -> None:
    """Accept chooses by quality and specificity; what is not had is 406 with what there is."""
    answer = client.get(path, headers={"accept": accept})
    if media_type is None:
        assert answer.status_code == 406
        assert all(media_type in answer.json()["remedy"] for media_type in ("text/html", *_RDF))
    else:
        assert answer.headers["content-type"].partition(";")[0] == media_type
    assert "Accept" in _vary(answer.headers)


@pytest.mark.parametrize("path", _FIXED)
def test_what_has_one_form_does_not_vary_by_accept(client: httpx.Client, path: str) -> None:
    """An address of one form gives it whatever Accept says, and does not say that it varies."""
    answer = client.get(path, headers={"accept": "image/png"})
    assert answer.status_code == 200
    assert "Accept" not in _vary(answer.headers)


@pytest.mark.parametrize("path", ["/id/city/1835848", *_EVERY])
def test_scripts_of_any_origin_may_read(client: httpx.Client, path: str) -> None:
    """Every answer is open to scripts of other origins, and OPTIONS says what a path takes."""
    headers = {"origin": "https://app.example", "access-control-request-method": "GET"}
    preflight = client.options(path, headers=headers)
    assert (preflight.status_code, preflight.content) == (204, b"")
    assert {"GET", "HEAD", "OPTIONS"} <= set(re.split(", *", preflight.headers["allow"]))
    assert "GET" in preflight.headers["access-control-allow-methods"]
    assert "Accept-Profile" in preflight.headers["access-control-allow-headers"]
    for answer in (preflight, client.get(path), client.get("/doc/none")):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "ETag" in answer.headers["access-control-expose-headers"]


def test_what_is_not_there_has_no_options(client: httpx.Client) -> None:
    """OPTIONS of an address that nothing is at is 404."""
    assert client.options("/nothing/here").status_code == 404


def test_a_condition_on_a_write_takes_the_tag_of_any_coding(client: httpx.Client) -> None:
    """An entity tag that was read in a coding is that of the graph for a write too."""
    path = "/graphs?graph=http://localhost:8000/graph/cities"
    tag, _ = _raw(client, path, "br")
    assert tag["etag"].endswith('-br"')
    wrong = client.put(path, content=b"", headers={"content-type": "text/turtle"})
    assert wrong.status_code == 401
