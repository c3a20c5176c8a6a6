"""Connections of hostile senders and takers, on a server whose patience is short."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.server import Server, Start

_ASK = "ASK {}"


@pytest.fixture(scope="module")
def strict(
    folder: Path,
    launched: Start,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """Return a server that waits one second for a head and takes sixty connections."""
    log = tmp_path_factory.mktemp("log") / "log"
    with launched(folder, log, request_seconds=1, connections=60, query_seconds=1) as running:
        yield running


@pytest.fixture(autouse=True)
def _as_before(strict: Server, soon: Callable[[Callable[[], bool]], bool]) -> Iterator[None]:
    """Check after each test that nothing is held and that an ASK is answered."""
    assert strict.ask(_ASK).json()["boolean"]
    assert soon(lambda: _sockets(strict) <= 1)
    memory, sockets = _memory(strict), _sockets(strict)
    yield
    assert soon(lambda: _sockets(strict) <= sockets)
    assert strict.ask(_ASK).json()["boolean"]
    assert _memory(strict) < memory + (32 << 20)
    assert "Traceback" not in strict.log.read_text()


def _sockets(server: Server) -> int:
    """Count the connections that the server holds, from the table of the kernel."""
    port = f":{int(server.url.rpartition(':')[2]):04X}"
    rows = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    mine = (row.split() for row in rows if row.split()[1].endswith(port))
    return sum(1 for row in mine if row[3] != "0A" and row[9] != "0")  # 0A listens, inode 0 is gone


def _memory(server: Server) -> int:
    pages = Path(f"/proc/{server.process.pid}/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE")


def _connect(server: Server, taking: int | None = None) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    line = socket.socket()
    line.settimeout(30)
    if taking is not None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, taking)
    line.connect((host, int(port)))
    return line


def _received(line: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionError):
        while chunk := line.recv(1 << 16):
            received += chunk
    return received


def test_a_slow_head_is_not_waited_for(strict: Server) -> None:
    """A connection whose head does not arrive in time gets 408 and is closed (RFC 9110, 15.5.9)."""
    lines = [_connect(strict) for _ in range(20)]
    beginnings = (b"", b"GET /he", b"GET /health HTTP/1.1\r\nHo", b"\r\n")
    for line, bytes_ in zip(lines, beginnings * 5, strict=True):
        line.sendall(bytes_)
    assert {_received(line)[:12] for line in lines} == {b"HTTP/1.1 408"}
    for line in lines:
        line.close()


def test_a_head_that_drips_is_not_waited_for(strict: Server) -> None:
    """A head of which a letter comes now and then is closed as one that does not come."""
    with _connect(strict) as line, pytest.raises(ConnectionError):  # noqa: PT012  # whichever letter
        for letter in b"GET /health HTTP/1.1\r\nX-Slow: " + b"a" * 30:
            line.sendall(bytes([letter]))
            time.sleep(0.1)


@pytest.mark.parametrize(
    "flood",
    [
        pytest.param((b"GET /health HTTP/1.1\r\n", b"X-A: " + b"a" * 5_000 + b"\r\n"), id="fields"),
        pytest.param((b"GET /health HTTP/1.1\r\nX-A: ", b"a" * 50_000), id="one field"),
        pytest.param((b"GET /", b"a" * 50_000), id="address"),
        pytest.param((b"", b"A" * 50_000), id="method"),
    ],
)
def test_an_endless_head_is_refused(strict: Server, flood: tuple[bytes, bytes]) -> None:
    """A head without end is cut off at its limit, and takes no more memory than that."""
    start, more = flood
    with _connect(strict) as line, contextlib.suppress(ConnectionError):
        line.sendall(start)
        for _ in range(2_000):
            line.sendall(more)
        pytest.fail("the server took it all")


def test_a_long_field_is_told_of(strict: Server) -> None:
    """A header field of more than 8 KiB gets 431 (RFC 6585, 5)."""
    with _connect(strict) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nAccept: " + b"a/b," * 3_000 + b"\r\n\r\n")
        assert _received(line).startswith(b"HTTP/1.1 431")


def test_a_long_address_is_told_of(server: Server) -> None:
    """An address that is longer than one can be read gets 414, not 400 (RFC 9110, 15.5.15)."""
    with _connect(server) as line:
        line.sendall(b"GET /sparql?query=" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert _received(line).startswith(b"HTTP/1.1 414")


@pytest.mark.parametrize("coding", [b"gzip, chunked", b"identity, chunked"])
def test_a_transfer_coding_that_is_not_undone_is_refused(server: Server, coding: bytes) -> None:
    """A body in a transfer coding other than chunked gets 501 (RFC 9112, 6.1)."""
    with _connect(server) as line:
        head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
        line.sendall(head + b"Transfer-Encoding: " + coding + b"\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n")
        assert _received(line).startswith(b"HTTP/1.1 501")


def test_what_was_not_sent_of_a_body_holds_nothing(strict: Server) -> None:
    """A request that is answered before its body came is closed where the rest does not come."""
    with _connect(strict) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\na")
        assert line.recv(1 << 16).startswith(b"HTTP/1.1 200")
        time.sleep(0.1)
        line.sendall(b"a")
        assert b"HTTP/1.1" not in _received(line)  # and comes to its end


@pytest.mark.long
def test_a_client_that_does_not_take_its_answer_is_left(
    strict: Server, soon: Callable[[Callable[[], bool]], bool]
) -> None:
    """A connection whose cut answer is not taken is dropped some seconds after the time limit."""
    cross = quote("SELECT * { ?a ?b ?c . ?d ?e ?f }")
    with _connect(strict, taking=4096) as line:
        line.sendall(f"GET /sparql?query={cross} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert soon(lambda: _sockets(strict) == 1)
        assert soon(lambda: _sockets(strict) == 0)


def test_one_address_has_half_of_the_connections(strict: Server) -> None:
    """One address gets 503 with Retry-After for what is over half of the connections."""
    lines = [_connect(strict) for _ in range(40)]
    assert _received(lines[-1]).startswith(b"HTTP/1.1 503")
    for line in lines:
        line.close()


def test_many_requests_in_one_packet_are_answered_in_order(strict: Server) -> None:
    """Pipelined requests are answered one after the other (RFC 9112, 9.3.2)."""
    with _connect(strict) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 500)
        line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert _received(line).count(b'"status":"ok"') == 501


@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nASK{}",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nASK{}",
        b"POST /sparql HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nASK{}",
        b"CONNECT example.org:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET /health HTTP/1.1\r\nAccept: */*\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"BREW /sparql HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_no_request_is_refused(strict: Server, request_: bytes) -> None:
    """What cannot be read as one HTTP request, and only one, gets 400 and is closed."""
    with _connect(strict) as line:
        line.sendall(request_)
        assert _received(line).startswith(b"HTTP/1.1 400")


def test_a_half_sent_query_holds_no_worker(strict: Server) -> None:
    """Posted queries of which the rest does not come hold no worker."""
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    lines = [_connect(strict) for _ in range(10)]
    for line in lines:
        line.sendall(head + b"Content-Length: 100000\r\n\r\nASK")
    assert strict.ask(_ASK).json()["boolean"]
    for line in lines:
        line.close()
