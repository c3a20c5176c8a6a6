"""An answer that is cut never parses as a whole one, in any format and over any HTTP."""

from __future__ import annotations

import json
import socket
import zlib
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from urbansdg.ontology.media_types import GRAPHS, RESULTS

if TYPE_CHECKING:
    from tests.support.server import Server

_ROWS = "SELECT ?s ?o { ?s <urn:value> ?o }"
_GRAPH = "CONSTRUCT { ?s <urn:other> ?o } { ?s <urn:value> ?o }"
_QUERIES = {form.name: _ROWS for form in RESULTS} | {form.name: _GRAPH for form in GRAPHS}
_ENOUGH = "100000000"


@pytest.fixture(scope="session")
def tier() -> str:
    """Return one tier: what is tested here does not depend on it."""
    return "disk"


def _sent(server: Server, query: dict[str, str], version: str, coding: str) -> tuple[bytes, bytes]:
    """Return the head and the body of an answer, as they came until the server closed."""
    host, port = server.url.removeprefix("http://").split(":")
    head = f"GET /sparql?{urlencode(query)} HTTP/{version}\r\nHost: x\r\nConnection: close\r\n"
    with socket.create_connection((host, int(port)), 30) as line:
        line.sendall(f"{head}Accept-Encoding: {coding}\r\n\r\n".encode())
        received = b"".join(iter(lambda: line.recv(1 << 16), b""))
    head_sent, _, body = received.partition(b"\r\n\r\n")
    return head_sent.lower(), body


def _unchunked(body: bytes) -> tuple[bytes, bool]:
    """Return what the chunks hold, and whether the last one of them, which is empty, has come."""
    whole = bytearray()
    while body:
        size, _, rest = body.partition(b"\r\n")
        if not int(size or b"1", 16):
            return bytes(whole), True
        whole += rest[: int(size, 16)]
        body = rest[int(size, 16) + 2 :]
    return bytes(whole), False


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("name", _QUERIES)
def test_a_cut_answer_has_no_end(server: Server, name: str, coding: str) -> None:
    """Over HTTP/1.1 a cut answer has no last chunk, and compressed no end of its stream either."""
    query = {"query": _QUERIES[name], "format": name, "max-bytes": "400000"}
    head, body = _sent(server, query, "1.1", coding)
    assert head.startswith(b"http/1.1 200")
    assert b"content-length" not in head
    content, is_ended = _unchunked(body)
    assert not is_ended
    if coding == "gzip":
        assert b"content-encoding: gzip" in head
        unpacking = zlib.decompressobj(wbits=31)
        unpacking.decompress(content)
        assert not unpacking.eof
    whole, is_ended = _unchunked(_sent(server, query | {"max-bytes": _ENOUGH}, "1.1", coding)[1])
    assert is_ended
    assert len(whole) > len(content) > 0


@pytest.mark.parametrize("name", _QUERIES)
def test_over_http_1_0_there_is_no_part_of_an_answer(server: Server, name: str) -> None:
    """Over HTTP/1.0, which has no chunks, an answer has its length, and an error is one."""
    query = {"query": _QUERIES[name], "format": name}
    head, body = _sent(server, query | {"max-bytes": "400000"}, "1.0", "identity")
    assert head.startswith(b"http/1.1 503")
    assert json.loads(body)["code"] == "query-resources"
    head, body = _sent(server, query, "1.0", "identity")
    assert f"content-length: {len(body)}".encode() in head
