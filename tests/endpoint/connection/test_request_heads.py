"""Heads that are known by their bytes are what the parser would read."""

from __future__ import annotations

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.endpoint.connection.request_heads import RequestHeads

_FIELDS = b"Host: x\r\nAccept: application/json\r\nX-Own:  a  b \r\n"


class _Read:
    """What the parser reads of a packet that is one whole request."""

    def __init__(self, packet: bytes) -> None:
        """Read it; `is_whole` tells that nothing is missing and nothing follows."""
        self.url, self.body = b"", b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.starts = self.ends = 0
        parser = httptools.HttpRequestParser(self)
        parser.feed_data(packet)
        self.method = parser.get_method()
        self.goes_on = parser.should_keep_alive()

    @property
    def is_whole(self) -> bool:
        return self.starts == self.ends == 1

    def on_message_begin(self) -> None:
        self.starts += 1

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.ends += 1


def _packet(method: str, target: bytes, fields: bytes, body: bytes = b"") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body) if method == "POST" else b""
    return b"%b %b HTTP/1.1\r\n%b%b\r\n%b" % (method.encode(), target, fields, length, body)


def _learned(packet: bytes) -> RequestHeads:
    heads, read = RequestHeads(), _Read(packet)
    assert read.is_whole
    assert read.goes_on
    heads.learn(packet, read.headers, read.body)
    return heads


_TARGET = st.text(st.characters(min_codepoint=0, max_codepoint=255), max_size=12).map(
    lambda text: b"/sparql?query=" + text.encode("latin-1")
)


@given(
    method=st.sampled_from(["GET", "POST"]),
    targets=st.tuples(st.just(b"/sparql") | _TARGET, st.just(b"/sparql") | _TARGET),
    bodies=st.tuples(st.binary(min_size=5, max_size=5), st.binary(min_size=4, max_size=6)),
    rest=st.sampled_from([b"", b"\r\n", b"GET / HTTP/1.1\r\n"]),
)
def test_a_known_head_is_read_as_the_parser_reads_it(
    method: str, targets: tuple[bytes, bytes], bodies: tuple[bytes, bytes], rest: bytes
) -> None:
    """Whatever the address and the body are, the request is the one that the parser reads."""
    first, second = (
        _packet(method, target, _FIELDS, body if method == "POST" else b"")
        for target, body in zip(targets, bodies, strict=True)
    )
    try:
        heads = _learned(first)
    except (AssertionError, httptools.HttpParserError):
        heads = _learned(_packet(method, b"/sparql", _FIELDS, b"12345" * (method == "POST")))
    head = heads.read(second + rest)
    if head is None:
        return
    read = _Read(second + rest)
    assert read.is_whole
    assert read.method == head.method.encode()
    url = httptools.parse_url(read.url)
    assert (url.path, url.query or b"") == (b"/sparql", head.query)
    assert (read.headers, read.body) == (list(head.fields.headers), head.body)


def test_the_fields_of_one_method_are_not_those_of_another() -> None:
    """A plain request is known again, with another query too; one by another method is not."""
    heads = _learned(_packet("GET", b"/sparql?query=a", _FIELDS))
    head = heads.read(_packet("GET", b"/sparql?query=b%20c", _FIELDS))
    assert head is not None
    assert head.query == b"query=b%20c"
    assert heads.read(b"POST /sparql?query=a HTTP/1.1\r\n" + _FIELDS + b"\r\n") is None


@pytest.mark.parametrize(
    "fields",
    [
        b"Authorization: Bearer x\r\n",
        b"If-None-Match: *\r\n",
        b"Expect: 100-continue\r\n",
        b"Accept-Datetime: Tue, 11 Sep 2001 20:35:00 GMT\r\n",
        b"Upgrade: h2c\r\n",
    ],
)
def test_fields_that_ask_for_more_are_not_learned(fields: bytes) -> None:
    """Whoever has a token or asks under a condition is read in the usual way, each time."""
    packet = _packet("GET", b"/sparql?query=a", _FIELDS + fields)
    assert _learned(packet).read(packet) is None


@pytest.mark.parametrize(
    "packet",
    [
        b"GET /sparql/ HTTP/1.1\r\n",
        b"GET //sparql HTTP/1.1\r\n",
        b"GET http://x/sparql HTTP/1.1\r\n",
        b"GET /sparql HTTP/1.0\r\n",
        b"GET  /sparql HTTP/1.1\r\n",
        b"GET /sparql?a#b HTTP/1.1\r\n",
        b"HEAD /sparql HTTP/1.1\r\n",
        b"GET /sparql HTTP/1.1\n",
    ],
)
def test_a_line_of_another_form_is_left_to_the_parser(packet: bytes) -> None:
    """Only the plainest line is taken; what is in doubt is read by the parser."""
    assert _learned(_packet("GET", b"/sparql", _FIELDS)).read(packet + _FIELDS + b"\r\n") is None
