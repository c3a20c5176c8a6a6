"""What HTTP asks of a server, byte by byte, where a client's library would hide it."""

from __future__ import annotations

import contextlib
import json
import socket
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.support.server import Server

_ROW = "/sparql?query=" + quote("SELECT ?x { VALUES ?x { 1 } }")
_GRAPH = "/sparql?query=" + quote("CONSTRUCT { <urn:a> <urn:b> 1 } {}")
_JSON, _XML = "application/sparql-results+json", "application/sparql-results+xml"
_DIRECT = "Content-Type: application/sparql-query\r\n"


@pytest.fixture(scope="session")
def tier() -> str:
    """Return one tier: what is tested here does not depend on it."""
    return "disk"


def _sent(server: Server, request: str) -> bytes:
    """Send bytes, and return all that comes until the server closes."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as line:
        line.sendall(request.encode("latin-1"))
        return b"".join(iter(lambda: line.recv(1 << 16), b""))


_LAST = "Host: x\r\nConnection: close\r\n"
_CASES = {
    "HTTP/1.0": f"GET {_ROW} HTTP/1.0\r\n\r\n",
    "absolute form": f"GET http://x:1{_ROW} HTTP/1.1\r\n{_LAST}\r\n",
    "a slash at the end": f"GET {_ROW.replace('?', '/?')} HTTP/1.1\r\n{_LAST}\r\n",
    "a fragment": f"GET {_ROW}#x HTTP/1.1\r\n{_LAST}\r\n",
    "an empty Accept": f"GET {_ROW} HTTP/1.1\r\nAccept:\r\n{_LAST}\r\n",
    "chunks with extensions and trailers": (
        f"POST /sparql HTTP/1.1\r\n{_LAST}{_DIRECT}Transfer-Encoding: chunked\r\n\r\n"
        "f;a=b\r\nSELECT ?x { VAL\r\ne\r\nUES ?x { 1 } }\r\n0\r\nX-Late: 1\r\n\r\n"
    ),
    "an upgrade that is not offered": (
        f"GET {_ROW} HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade, HTTP2-Settings\r\n"
        "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n"
    ),
}


@pytest.mark.parametrize("name", _CASES)
def test_a_request_is_answered_whatever_its_form(server: Server, name: str) -> None:
    """Each form that HTTP gives a request is answered (RFC 9112, 3.2, 6, 7; RFC 9110, 7.8)."""
    head, _, body = _sent(server, _CASES[name]).partition(b"\r\n\r\n")
    assert head.split(b" ", 2)[1] == b"200", head
    assert json.loads(body)["results"]["bindings"][0]["x"]["value"] == "1"


def test_a_sender_that_waits_is_told_to_go_on(server: Server) -> None:
    """With Expect the server says 100 before the body comes (RFC 9110, 10.1.1)."""
    host, port = server.url.removeprefix("http://").split(":")
    expecting = f"POST /sparql HTTP/1.1\r\n{_LAST}{_DIRECT}Expect: 100-continue\r\n"
    with socket.create_connection((host, int(port)), 10) as line:
        line.sendall(f"{expecting}Content-Length: 6\r\n\r\n".encode())
        assert line.recv(1 << 16).startswith(b"HTTP/1.1 100")
        line.sendall(b"ASK {}")
        assert line.recv(1 << 16).startswith(b"HTTP/1.1 200")


def test_a_connection_is_good_after_errors(server: Server) -> None:
    """After errors of the query, of the media type and of the method a connection goes on."""
    received = _sent(
        server,
        "GET /sparql?query=ASK HTTP/1.1\r\nHost: x\r\n\r\n"
        "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: 3\r\n\r\nabc"
        "PUT /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"
        f"GET {_ROW} HTTP/1.1\r\n{_LAST}\r\n",
    )
    parts = received.split(b"HTTP/1.1 ")[1:]
    assert [part[:3] for part in parts] == [b"400", b"415", b"405", b"200"]


@pytest.mark.parametrize(
    ("accept", "results", "graphs"),
    [
        ("", _JSON, "text/turtle"),
        ("*/*", _JSON, "text/turtle"),
        (f"{_JSON};q=0", None, None),
        (f"{_JSON};q=0, */*", _XML, "text/turtle"),
        (f"{_XML};q=0.9, {_JSON};q=0.3", _XML, None),
        (f'{_JSON}; profile="a, b";q=0.5', _JSON, None),
        ("application/ld+json;profile=http://www.w3.org/ns/json-ld#compacted", None, "ld+json"),
        ('application/ld+json; profile="http://www.w3.org/ns/json-ld#flat"', None, "ld+json"),
        (f"{_XML}, text/turtle;q=0.1", _XML, "text/turtle"),
        ("text/*", "text/csv", "text/turtle"),
        ("application/rdf+xml", None, "application/rdf+xml"),
        ("text/html", "text/html", "text/html"),  # a page for people
        ("*/*;q=0", None, None),
    ],
)
def test_what_is_accepted_is_given_or_listed(
    server: Server, accept: str, results: str | None, graphs: str | None
) -> None:
    """The best accepted format is given, or a 406 lists those there are (RFC 9110, 12.5.1)."""
    for address, expected, listed in ((_ROW, results, _XML), (_GRAPH, graphs, "n-quads")):
        answer = httpx.get(f"{server.url}{address}", headers={"Accept": accept})
        if expected is None:
            assert answer.status_code == 406
            assert listed in answer.text
        else:
            assert expected in answer.headers["content-type"]


@pytest.mark.parametrize("name", ["format", "output"])
def test_a_format_is_named_as_clients_do(server: Server, name: str) -> None:
    """The format may be named by `format`, or by `output` as clients of other servers do."""
    for address, value, kind in ((_ROW, "xml", _XML), (_GRAPH, "nt", "application/n-triples")):
        answer = httpx.get(f"{server.url}{address}&{name}={value}", headers={"Accept": _JSON})
        assert answer.headers["content-type"] == kind
    assert httpx.get(f"{server.url}{_ROW}&{name}=docx").status_code == 406


@pytest.mark.parametrize("name", ["format", "output"])
def test_a_plus_in_a_media_type_needs_no_escape(server: Server, name: str) -> None:
    """A media type in `format` or `output` may have its plus unescaped, which is a blank then."""
    graph, rows = "application/rdf+xml", "application/sparql-results+json"
    for address, value in ((_ROW, rows), (_GRAPH, graph), (_GRAPH, "rdf+xml")):
        answer = httpx.get(f"{server.url}{address}&{name}={value}", headers={"Accept": "text/csv"})
        assert answer.headers["content-type"] == (value if "/" in value else graph)
    assert httpx.get(f"{server.url}{_ROW}&{name}=text/+csv").status_code == 406


def test_the_methods_of_the_server_are_told(server: Server) -> None:
    """OPTIONS * is answered for the server as a whole (RFC 9110, 9.3.7)."""
    received = _sent(server, f"OPTIONS * HTTP/1.1\r\n{_LAST}\r\n")
    assert received.startswith(b"HTTP/1.1 204")
    assert b"allow: GET" in received


_TOKENS = st.sampled_from(
    [b"GET", b"POST", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"get", b"", b"G\0T"]
)
_TARGETS = st.sampled_from(
    (
        *(
            b"/sparql",
            b"/sparql?query=ASK%7B%7D",
            b"/graphs?graph=urn:x",
            b"/graphs?default",
            b"/",
            b"*",
        ),
        *(b"/describe?uri=%00", b"/graph/x", b"/id/%ff", b"http://x/sparql", b"//x/sparql", b"x:1"),
        *(b"/doc/city/1.ttl", b"/events/1/1", b"/timegate/id/x", b"/dumps/1/x", b"/static/..%2fx"),
    )
) | st.binary(max_size=30).map(lambda tail: b"/sparql?" + tail)
_FIELDS = st.sampled_from(
    (
        *(b"Content-Length: 6", b"Content-Length: 7", b"Transfer-Encoding: chunked"),
        *(
            b"Content-Type: application/sparql-query",
            b"Content-Type: multipart/form-data; boundary=x",
        ),
        *(b"Content-Type: application/sparql-update; charset=\xff", b"Authorization: Bearer \xff"),
        *(
            b"Accept: application/rdf+xml;q=0.5,,;",
            b"Accept: \xff\xfe",
            b"Accept-Encoding: gzip;q=x",
        ),
        *(b"If-None-Match: *", b"If-Match: \x80", b"Range: bytes=9-1,-", b"Expect: 100-continue"),
        *(
            b"Accept-Datetime: never",
            b"Prefer: wait=-1",
            b"Upgrade: websocket",
            b"Forwarded: for=\x22",
        ),
        *(
            b"Connection: close",
            b"Connection: keep-alive, Upgrade",
            b": x",
            b"X",
            b"Slug: \xff/../",
        ),
    )
) | st.binary(max_size=20)
_BODIES = st.sampled_from([b"ASK {}", b"6\r\nASK {}\r\n0\r\n\r\n", b"query=%", b""]) | st.binary()


@given(
    _TOKENS,
    _TARGETS,
    st.lists(_FIELDS, max_size=6),
    _BODIES,
    st.sampled_from([b"1.1", b"1.0", b"2.0", b"x"]),
)
@settings(max_examples=settings().max_examples * 2)
def test_whatever_bytes_come_the_server_goes_on(
    server: Server, method: bytes, target: bytes, fields: list[bytes], body: bytes, version: bytes
) -> None:
    """Any bytes are answered by HTTP, without a fault of ours, or the connection is closed."""
    head = b"\r\n".join(
        [method + b" " + target + b" HTTP/" + version, b"Host: x", *fields, b"", b""]
    )
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as line:
        line.sendall(head + body)
        line.shutdown(socket.SHUT_WR)
        received = b""
        with contextlib.suppress(ConnectionError):
            while chunk := line.recv(1 << 16):
                received += chunk
    assert not received or received.startswith(b"HTTP/1.1 ")
    assert b"HTTP/1.1 500" not in received
    assert b"Traceback" not in received


def test_the_server_is_well_after_all_this(server: Server) -> None:
    """After whatever came an ASK is answered, and the log has no fault."""
    assert server.ask("ASK {}").json()["boolean"]
    assert "Traceback" not in server.log.read_text()
