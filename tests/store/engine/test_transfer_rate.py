"""An engine that drips is given up as one that is silent; one that goes on is waited for."""

import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from urbansdg.errors import EngineUnavailable
from urbansdg.store import Access, Engine

Command = Callable[..., subprocess.CompletedProcess[str]]
Talk = Callable[[socket.socket], None]
_SECONDS = 0.5
_LINE = b"<urn:s> <urn:p> '%s' .\n" % (b"x" * 9_900)
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\n"
_TRIPLES = _HEAD % b"application/n-triples"
_ROWS = _HEAD % b"application/sparql-results+json"


def _dripped(connection: socket.socket, content: bytes) -> None:
    for drop in content * 10_000:
        connection.sendall(bytes((drop,)))
        time.sleep(0.02)


def _read_request(connection: socket.socket) -> None:
    """Take a question whole."""
    taken = b""
    while b"\r\n\r\n" not in taken:
        taken += connection.recv(1 << 16)
    head, _, body = taken.partition(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    missing = int(length or 0) - len(body)
    while missing > 0:
        missing -= len(connection.recv(1 << 20))


def _head_in_drops(connection: socket.socket) -> None:
    _read_request(connection)
    _dripped(connection, _ROWS + b"x: y\r\n")


def _frame_in_drops(connection: socket.socket) -> None:
    _read_request(connection)
    connection.sendall(_TRIPLES + b"transfer-encoding: chunked\r\n\r\n1;")
    _dripped(connection, b"y")


def _end_in_drops(connection: socket.socket) -> None:
    _read_request(connection)
    connection.sendall(_TRIPLES + b"\r\n" + 100 * _LINE)
    _dripped(connection, _LINE)


def _endless(connection: socket.socket) -> None:
    _read_request(connection)
    connection.sendall(_TRIPLES + b"\r\n")
    while True:
        connection.sendall(100 * b"<urn:s> <urn:p> 'x' .\n")


def _endless_line(connection: socket.socket) -> None:
    _read_request(connection)
    connection.sendall(_TRIPLES + b"\r\n")
    while True:
        connection.sendall(b"x" * (1 << 20))


def _sip(connection: socket.socket) -> None:
    while connection.recv(7):
        time.sleep(0.02)


def _handshake_in_drops(connection: socket.socket) -> None:
    connection.recv(1 << 16)
    connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xf0")
    _dripped(connection, b"\x00")


@contextmanager
def _engine(talk: Talk, scheme: str = "http", seconds: float = _SECONDS) -> Iterator[Engine]:
    """Give an engine that talks so on each connection."""
    conversations: list[tuple[threading.Thread, socket.socket]] = []

    def talked(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            talk(connection)

    def accepted(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                thread = threading.Thread(target=talked, args=(connection,))
                conversations.append((thread, connection))
                thread.start()

    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 12)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        accepting = threading.Thread(target=accepted, args=(listening,))
        accepting.start()
        url = f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
        engine = Engine(Access(f"{url}/query", f"{url}/update", f"{url}/store", seconds=seconds))
        try:
            yield engine
        finally:
            engine.close()
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread, connection in conversations:
                connection.close()
                thread.join()


def _select(engine: Engine, _: Path) -> None:
    engine.select("SELECT * {}", ())


def _fetch(engine: Engine, file: Path) -> None:
    engine.fetch("urn:g", file, 1_000)


def _put(engine: Engine, file: Path) -> None:
    file.write_bytes(_LINE * 2_000)
    engine.put("urn:g", file)


def _update(engine: Engine, _: Path) -> None:
    engine.update("x" * 20_000_000)


@pytest.mark.long
@pytest.mark.parametrize(
    ("do", "talk", "scheme"),
    [
        (_select, _head_in_drops, "http"),
        (_select, _handshake_in_drops, "https"),
        (_fetch, _head_in_drops, "http"),
        (_fetch, _frame_in_drops, "http"),
        (_fetch, _end_in_drops, "http"),
        (_put, _sip, "http"),
        (_update, _sip, "http"),
    ],
)
def test_an_engine_that_drips_is_given_up(
    do: Callable[[Engine, Path], None], talk: Talk, scheme: str, tmp_path: Path
) -> None:
    """Whatever comes or goes drop by drop is waited for no longer than silence is."""
    began = time.monotonic()
    with _engine(talk, scheme) as engine, pytest.raises(EngineUnavailable):
        do(engine, tmp_path / "graph.nt")
    assert time.monotonic() - began < 60  # the drops would take at least 200 seconds


@pytest.mark.parametrize("talk", [_endless, _endless_line])
def test_a_graph_without_an_end_is_nonsense(talk: Talk, tmp_path: Path) -> None:
    """An engine that gives far more of a graph than it has counted is not read on."""
    with _engine(talk) as engine, pytest.raises(EngineUnavailable, match="no sense"):
        _fetch(engine, tmp_path / "graph.nt")


@pytest.mark.long
def test_a_transfer_that_goes_on_is_not_cut(tmp_path: Path) -> None:
    """A graph that comes at a sound pace is read to its end, and one that is taken so is sent."""
    policy, pause = 1.5, 0.2  # a pause is far from the limit on a busy machine too

    def steady(connection: socket.socket) -> None:
        _read_request(connection)
        connection.sendall(_TRIPLES + b"content-length: %d\r\n\r\n" % (40 * len(_LINE)))
        for _ in range(10):
            connection.sendall(4 * _LINE)
            time.sleep(pause)

    def gulps(connection: socket.socket) -> None:
        missing = 2_000 * len(_LINE)
        while missing > 0:
            taken = len(connection.recv(1 << 21, socket.MSG_WAITALL if missing > 1 << 22 else 0))
            missing -= taken
            time.sleep(pause if taken > 1 << 20 else 0)
        connection.sendall(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")

    began = time.monotonic()
    with _engine(steady, seconds=policy) as engine:
        _fetch(engine, tmp_path / "graph.nt")
    assert (tmp_path / "graph.nt").stat().st_size == 40 * len(_LINE)
    assert time.monotonic() - began > policy
    began = time.monotonic()
    with _engine(gulps, seconds=policy) as engine:
        _put(engine, tmp_path / "graph.nt")
    assert time.monotonic() - began > policy


@pytest.mark.long
def test_an_engine_is_silent_while_it_indexes(tmp_path: Path) -> None:
    """After a large graph an engine may be silent for longer than after a question."""

    def indexes(connection: socket.socket) -> None:
        _read_request(connection)
        time.sleep(3 * _SECONDS)
        connection.sendall(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")

    with _engine(indexes) as engine:
        _put(engine, tmp_path / "graph.nt")
        with pytest.raises(EngineUnavailable, match="waiting"):
            _select(engine, tmp_path)
