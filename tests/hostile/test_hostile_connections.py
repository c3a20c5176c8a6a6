"""Hostile connections: many of them, and heads of every kind; others are served meanwhile."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.server import http_client
from urbansdg.sandbox.resource_limits import allow_open_files

if TYPE_CHECKING:
    from tests.support.server import Server, Start

_CROWD = 1000
_FILES = 1024
_ADDRESSES = ("127.0.0.11", "127.0.0.12", "127.0.0.13")
_HEADS = {"silent": b"", "half a head": b"GET / HTTP/1.1\r\n"}


@pytest.fixture(scope="module")
def narrow(
    folder: Path, launched: Start, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Return a server with the default limits that may open 1,024 files."""
    log = tmp_path_factory.mktemp("log") / "log"
    with launched(folder, log, open_files=_FILES) as running:
        yield running


@pytest.mark.parametrize("head", _HEADS)
def test_a_crowd_of_idle_connections_locks_nobody_out(narrow: Server, head: str) -> None:
    """1,000 idle connections of three addresses leave others served under 1,024 files."""
    allow_open_files(_CROWD + _FILES)
    with contextlib.ExitStack() as stack:
        for number in range(_CROWD):
            line = stack.enter_context(socket.socket())
            line.bind((_ADDRESSES[number % len(_ADDRESSES)], 0))
            line.connect(_address(narrow))
            line.sendall(_HEADS[head])
        with http_client(narrow.url, keeps_connections=False) as client:
            for _ in range(20):
                assert client.get("/health").status_code == 200
                assert client.get("/sparql?query=ASK{}").json()["boolean"]
                assert client.get("/ready").status_code == 200
    assert "Traceback" not in narrow.log.read_text()
    assert "it may open 1024 files" in narrow.log.read_text()


def test_a_client_at_work_keeps_its_connection_in_a_crowd(narrow: Server) -> None:
    """The connection of another client that goes on asking is not closed for the crowd's."""
    allow_open_files(_CROWD + _FILES)
    with contextlib.ExitStack() as stack, socket.create_connection(_address(narrow)) as mine:
        for number in range(_CROWD):
            line = stack.enter_context(socket.socket())
            line.bind((_ADDRESSES[number % len(_ADDRESSES)], 0))
            line.connect(_address(narrow))
            if number % 100 == 0:
                mine.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                received = b""
                while b"}}" not in received:
                    chunk = mine.recv(1 << 16)
                    assert chunk, "closed"
                    received += chunk


def _address(server: Server) -> tuple[str, int]:
    host, port = server.url.removeprefix("http://").split(":")
    return host, int(port)


_HOST = "Host: x\r\nConnection: close\r\n"
_ASK_PATH = "/sparql?query=ASK%20%7B%7D"
_REQUESTS = {
    "page": f"GET / HTTP/1.1\r\n{_HOST}Accept: text/html\r\n\r\n",
    "query": f"GET {_ASK_PATH} HTTP/1.1\r\n{_HOST}\r\n",
    "kept answer": f"GET {_ASK_PATH} HTTP/1.1\r\n{_HOST}\r\n",
    "wrong query": f"GET /sparql?query=ASK HTTP/1.1\r\n{_HOST}\r\n",
    "redirect": f"GET /id/city/1835848 HTTP/1.1\r\n{_HOST}\r\n",
    "document": f"GET /doc/city/1835848 HTTP/1.1\r\n{_HOST}\r\n",
    "kept document": f"GET /doc/city/1835848 HTTP/1.1\r\n{_HOST}\r\n",
    "not modified": f"GET /doc/city/1835848 HTTP/1.1\r\n{_HOST}If-None-Match: *\r\n\r\n",
    "static file": f"GET /static/site.css HTTP/1.1\r\n{_HOST}\r\n",
    "favicon": f"GET /favicon.ico HTTP/1.1\r\n{_HOST}\r\n",
    "no such page": f"GET /nowhere HTTP/1.1\r\n{_HOST}\r\n",
    "head": f"HEAD /health HTTP/1.1\r\n{_HOST}\r\n",
    "options": f"OPTIONS /sparql HTTP/1.1\r\n{_HOST}\r\n",
    "options of all": f"OPTIONS * HTTP/1.1\r\n{_HOST}\r\n",
    "other method": f"DELETE / HTTP/1.1\r\n{_HOST}\r\n",
    "write without a token": f"PUT /graphs?default HTTP/1.1\r\n{_HOST}Content-Length: 0\r\n\r\n",
    "two hosts": f"GET / HTTP/1.1\r\nHost: y\r\n{_HOST}\r\n",
    "not HTTP": "BREW /coffee\r\n\r\n",
    "long address": f"GET /{'a' * (1 << 16)} HTTP/1.1\r\n{_HOST}\r\n",
    "long head": f"GET / HTTP/1.1\r\n{_HOST}X: {'a' * (1 << 14)}\r\n\r\n",
    "HTTP/1.0": "GET /health HTTP/1.0\r\n\r\n",
}


@pytest.mark.parametrize("name", _REQUESTS)
def test_every_answer_limits_what_a_browser_does_with_it(serving: Server, name: str) -> None:
    """Every answer has Referrer-Policy and `nosniff` once, whoever makes it."""
    with socket.create_connection(_address(serving)) as line:
        line.sendall(_REQUESTS[name].encode())
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while chunk := line.recv(1 << 16):
                received += chunk
    head = received.partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
    assert head.count(b"x-content-type-options: nosniff") == 1
    assert head.count(b"referrer-policy: strict-origin-when-cross-origin") == 1
