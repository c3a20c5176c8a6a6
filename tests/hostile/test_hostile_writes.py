"""Hostile uploads and updates, of those who have a token: after each the server is as it was.

What is parsed, evaluated and validated is so in processes that may die of it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from urbansdg.store import GraphStore, Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.server import Server, Start

_REPEATS = 20_000
_TURTLE, _XML, _JSON, _N3 = "text/turtle", "application/rdf+xml", "application/ld+json", "text/n3"
_UPDATE = "application/sparql-update"
_RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="urn:"'

_TERMS = ",".join(f'"t{number}":"t{number + 1}:x"' for number in range(_REPEATS))
_OFTEN = '{"@context":"/context.jsonld","@id":"urn:a","x:":1}'
_DOUBLED = " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(34))


def _xml(content: str, head: str = "") -> tuple[str, str]:
    return _XML, f"{head}<rdf:RDF {_RDF}>{content}</rdf:RDF>"


def _entities(value: str, several: str) -> tuple[str, str]:
    used = f'<rdf:Description rdf:about="urn:a"><p>{several}</p></rdf:Description>'
    return _xml(used, f'<!DOCTYPE r [<!ENTITY a "{value}">]>')


_UPLOADS: dict[str, tuple[str, str | bytes]] = {
    "nested blank nodes": (_TURTLE, f"<urn:a> <urn:b> {'[ <urn:b> ' * _REPEATS}1{']' * _REPEATS}"),
    "nested lists": (_TURTLE, f"<urn:a> <urn:b> {'(' * _REPEATS}1{')' * _REPEATS}"),
    "an open string": (_TURTLE, '<urn:a> <urn:b> """' + "x" * 1_000_000),
    "a formula": (_N3, "{ <urn:a> <urn:b> 1 } => { <urn:c> <urn:d> 2 } ."),
    "many entities": _entities("x" * 100_000, "&a;" * 20_000),
    "many entities in UTF-16": (_XML, _entities("x" * 100_000, "&a;" * 20_000)[1].encode("utf-16")),
    "half a character of UTF-16": (
        _XML,
        _xml("<p>\ud800</p>")[1].encode("utf-16", "surrogatepass"),
    ),
    "a long encoding": _xml("", f'<?xml version="1.0" encoding="{"u" * 1_000_000}"?>'),
    "our context in a deep document": (
        _JSON,
        '{"@context":"/context.jsonld","urn:p":' * 3_000 + "1" + "}" * 3_000,
    ),
    "our context, often": (_JSON, f"[{','.join([_OFTEN] * 90_000)}]"),
    "a file as an entity": _xml("&f;", '<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]>'),
    "a remote entity": _xml("", '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]>'),
    "nested elements": _xml("<rdf:Description><p>" * _REPEATS),
    "nested arrays": (_JSON, "[" * 500_000),
    "nested objects": (_JSON, '{"urn:p":' * _REPEATS + "1" + "}" * _REPEATS),
    "a remote import": (_JSON, '{"@context":{"@import":"http://127.0.0.1:9/"},"@id":"urn:a"}'),
    "an endless context": (
        _JSON,
        f'{{"@context":{{{_TERMS}}},"@id":"urn:a","t0":1}}',
    ),
    "an update of lists": (
        _UPDATE,
        f"INSERT DATA {{ <urn:a> <urn:b> {'(' * _REPEATS}1{')' * _REPEATS} }}",
    ),
    "an update that grows": (
        _UPDATE,
        f'INSERT {{ <urn:a> <urn:b> ?x34 }} WHERE {{ BIND("x" AS ?x0) {_DOUBLED} }}',
    ),
    "a silent load of a local file": (_UPDATE, "LOAD SILENT <file:///etc/passwd>"),
    "a silent service in an EXISTS": (
        _UPDATE,
        "INSERT { <urn:a> <urn:b> 1 } WHERE { FILTER EXISTS { SERVICE SILENT <http://0x7f1> {} } }",
    ),
}


@pytest.fixture(scope="module")
def graph(published: Callable[[Path, int], int], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data directory of a small graph."""
    folder = tmp_path_factory.mktemp("hostile") / "graph"
    published(folder, 1_000)
    return folder


@pytest.fixture(scope="module")
def secret(graph: Path) -> str:
    """Return the secret of a token of every graph."""
    return Tokens(graph).create("hostile")


@pytest.fixture(scope="module")
def small(
    graph: Path,
    secret: str,
    launched: Start,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """Return a server with limits that are soon reached, whose publisher is there already."""
    log = tmp_path_factory.mktemp("log") / "log"
    limits = {"query_seconds": 1, "query_memory": "192MiB", "upload_bytes": "8MiB"}
    with launched(graph, log, **limits) as running:
        _send(running, secret, _TURTLE, "<urn:a>")
        yield running


def _send(server: Server, secret: str, media_type: str, content: str | bytes) -> httpx.Response:
    """Send an update, or a graph to put."""
    headers = {"content-type": media_type, "authorization": f"Bearer {secret}"}
    data = content if isinstance(content, bytes) else content.encode()
    way = ("POST", server.sparql) if media_type == _UPDATE else ("PUT", f"{server.url}/graphs/bad")
    return httpx.request(*way, content=data, headers=headers, timeout=30)


def _open_file_count(server: Server) -> int:
    return sum(1 for _ in Path(f"/proc/{server.process.pid}/fd").iterdir())


def _memory(server: Server) -> int:
    pages = Path(f"/proc/{server.process.pid}/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE")


@pytest.fixture(autouse=True)
def _as_before(small: Server, soon: Callable[[Callable[[], bool]], bool]) -> Iterator[None]:
    """Check after each test that an ASK is answered and that nothing is left over."""
    memory, files_before = _memory(small), _open_file_count(small)
    yield
    assert small.ask("ASK {}").json()["boolean"]
    assert soon(lambda: _open_file_count(small) <= files_before + 2 and len(small.workers()) >= 2)
    assert _memory(small) < memory + (32 << 20)
    assert "Traceback" not in small.log.read_text()


@pytest.mark.parametrize("name", _UPLOADS)
def test_a_hostile_write_changes_nothing(
    small: Server, graph: Path, secret: str, name: str
) -> None:
    """A write that is malformed, endless or reaches out is refused, and nothing is written."""
    before = GraphStore.open(graph).current_number()
    answer = _send(small, secret, *_UPLOADS[name])
    assert answer.status_code in {400, 403, 503, 504}, answer.text
    assert answer.json()["remedy"]
    assert "root:" not in answer.text
    assert GraphStore.open(graph).current_number() == before


@pytest.mark.long
@pytest.mark.parametrize(
    "kind", [_TURTLE, "multipart/form-data; boundary=x"], ids=["plain", "form"]
)
def test_a_gzip_bomb_is_refused_at_the_limit(small: Server, secret: str, kind: str) -> None:
    """A body that unpacks to a thousand times its size is 413, and is not unpacked whole."""
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.ttl"\r\n\r\n'
    packer = zlib.compressobj(wbits=31)
    bomb = packer.compress(head if "form" in kind else b"")
    bomb += b"".join(packer.compress(b"#" * (1 << 20)) for _ in range(512)) + packer.flush()
    headers = {"content-type": kind, "content-encoding": "gzip"}
    headers["authorization"] = f"Bearer {secret}"
    answer = httpx.put(f"{small.url}/graphs/bad", content=bomb, headers=headers, timeout=30)
    assert answer.status_code == 413, answer.text
    assert answer.json()["remedy"]


def test_uploads_that_are_left_in_the_middle_leave_nothing(
    small: Server, secret: str, soon: Callable[[Callable[[], bool]], bool]
) -> None:
    """Clients that go away in the middle of an upload leave no file and no line in the log."""
    host, port = small.url.removeprefix("http://").split(":")
    fields = f"Host: x\r\nAuthorization: Bearer {secret}\r\nContent-Length: 99999\r\n"
    head = f"PUT /graphs/bad HTTP/1.1\r\n{fields}Content-Type: {_TURTLE}\r\n\r\n#"
    for _ in range(10):
        with socket.create_connection((host, int(port)), 5) as line:
            line.sendall(head.encode())
    assert soon(lambda: not any(_open_files(small)))


def _open_files(server: Server) -> Iterator[str]:
    for link in Path(f"/proc/{server.process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # it may be closed meanwhile
            if "urbansdg-" in str(link.readlink()):
                yield str(link)
