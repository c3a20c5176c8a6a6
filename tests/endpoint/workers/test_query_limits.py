"""The limits of a query, and what it costs the others to go over them."""

from __future__ import annotations

import json
import os
import signal
import socket
import statistics
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

from tests.support.server import http_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.server import Launch, Server, Start

_CROSS = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
_SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
_DOUBLED = " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(34))
_TEN_GIGABYTES = f'SELECT (STRLEN(?x34) AS ?n) {{ BIND("x" AS ?x0) {_DOUBLED} }}'
_POINT = "SELECT ?o { <urn:one> ?p ?o FILTER(?p != ?o) }"  # a worker answers it: it is no look-up


def _nested(depth: int) -> str:
    return f"SELECT * {'{' * depth} ?s <urn:none> ?o {'}' * depth}"


@contextmanager
def _pings(server: Server) -> Iterator[list[float]]:
    """Ask a small query again and again beside the block; give the seconds that each took."""
    took: list[float] = []
    over = threading.Event()

    def ping() -> None:
        with http_client() as client:
            while not over.wait(0.01):
                began = time.perf_counter()
                answer = client.get(server.sparql, params={"query": _POINT})
                assert answer.json()["results"]["bindings"]
                took.append(time.perf_counter() - began)

    second_client = threading.Thread(target=ping)
    second_client.start()
    try:
        yield took
    finally:
        over.set()
        second_client.join()


def _read(server: Server, query: str) -> tuple[int, bytes, bool]:
    """Return the status of an answer, what came of it, and whether it was whole."""
    received = b""
    with httpx.stream("POST", server.sparql, data={"query": query}, timeout=30) as answer:
        try:
            for chunk in answer.iter_bytes():
                received += chunk
        except httpx.RemoteProtocolError:
            return answer.status_code, received, False
    return answer.status_code, received, True


@pytest.fixture(scope="module")
def quick(
    tier: str,
    folder: Path,
    launched: Start,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """Return a server that soon ends a query, and lets it have 512 MiB."""
    log = tmp_path_factory.mktemp("log") / "log"
    with launched(folder, log, tier, query_seconds=1, query_memory="512MiB") as server:
        yield server


@pytest.mark.long
@pytest.mark.parametrize(
    ("hog", "statuses"),
    [
        pytest.param(_nested(2_000), {200, 503}, id="2,000 nested braces"),
        pytest.param(_nested(100_000), {503}, id="100,000 nested braces"),
        pytest.param(_CROSS, {200}, id="cross product"),
        pytest.param(_TEN_GIGABYTES, {503, 504}, id="10-GB string"),
    ],
)
def test_a_hostile_query_costs_one_worker_and_nobody_else_notices(
    quick: Server, soon: Callable[[Callable[[], bool]], bool], hog: str, statuses: set[int]
) -> None:
    """A hostile query costs its worker; a second client's queries are answered meanwhile."""
    assert soon(lambda: len(quick.workers()) == 2)
    before = quick.workers()
    with _pings(quick) as took:
        status, _, whole = _read(quick, hog)
        assert soon(lambda: len(quick.workers()) == 2)
        pinged = len(took)
        assert soon(lambda: len(took) > pinged + 5)
    assert status in statuses
    assert not (whole and hog == _CROSS)
    assert len(before & quick.workers()) >= 1


@pytest.mark.long
def test_a_hostile_query_slows_nobody_down(
    launch: Launch, folder: Path, soon: Callable[[Callable[[], bool]], bool], tier: str
) -> None:
    """Beside a hostile query the median query takes at most ten times as long as alone."""
    with launch(folder, tier, query_seconds=3, query_memory="512MiB") as server:
        with _pings(server) as alone:
            assert soon(lambda: len(alone) > 100)
        for hog in (_nested(100_000), _CROSS, _TEN_GIGABYTES):
            with _pings(server) as took:
                _read(server, hog)
                assert soon(lambda: len(server.workers()) == 2)
                pinged = len(took)
                assert soon(lambda first=pinged: len(took) > first + 5)  # type: ignore[misc]
            assert statistics.median(took) < 10 * statistics.median(alone)


@pytest.mark.long
def test_a_query_over_its_time_is_stopped(bounded: Server) -> None:
    """A query over the time limit that has sent nothing gets 504, and not before the limit."""
    began = time.perf_counter()
    status, body, _ = _read(bounded, _SLOW)
    assert status == 504
    assert json.loads(body)["code"] == "query-timeout"
    assert 2 <= time.perf_counter() - began < 15


def test_a_query_over_its_memory_is_told_so(bounded: Server) -> None:
    """A query over the memory limit gets 503 without Retry-After."""
    answer = httpx.post(bounded.sparql, data={"query": _TEN_GIGABYTES}, timeout=30)
    assert answer.status_code == 503
    assert answer.json()["code"] == "query-resources"
    assert "retry-after" not in answer.headers


def test_an_answer_over_its_length_never_parses_as_whole(bounded: Server) -> None:
    """An answer that is cut after its first byte ends without its last chunk."""
    query = "SELECT * { ?s ?p ?o }"
    status, body, whole = _read(bounded, query)
    assert (status, whole) == (200, False)
    assert len(body) <= 1 << 20
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


@pytest.mark.long
def test_workers_in_use_are_waited_for_and_then_refused(
    bounded: Server, soon: Callable[[Callable[[], bool]], bool]
) -> None:
    """Where no worker is free in time the answer is 503 with Retry-After; then all goes on."""
    hogs = [threading.Thread(target=_read, args=(bounded, _SLOW)) for _ in range(2)]
    for hog in hogs:
        hog.start()
    assert soon(lambda: bounded.busy() == 2)
    refused = bounded.ask(_POINT)
    assert refused.status_code == 503
    assert refused.json()["code"] == "workers-unavailable"
    assert int(refused.headers["retry-after"]) > 0
    for hog in hogs:
        hog.join()
    assert soon(lambda: bounded.ask(_POINT).status_code == 200)


@pytest.mark.parametrize("query", [_SLOW, _CROSS], ids=["before the first byte", "while it comes"])
def test_a_client_that_goes_away_frees_its_worker(
    server: Server, soon: Callable[[Callable[[], bool]], bool], query: str
) -> None:
    """The worker of a client that has gone is killed and replaced at once."""
    before = server.workers()
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 30) as line:
        line.sendall(f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        if query == _CROSS:
            assert line.recv(100).startswith(b"HTTP/1.1 200")
        assert soon(lambda: server.busy() == 1)
        assert server.workers() == before
    assert soon(lambda: len(server.workers()) == 2 and server.workers() != before)
    assert server.ask(_POINT).status_code == 200


def test_a_client_that_does_not_read_holds_no_more_than_its_time(
    bounded: Server, soon: Callable[[Callable[[], bool]], bool]
) -> None:
    """A client that stops reading loses its worker at the time limit, and takes no memory."""
    host, port = bounded.url.removeprefix("http://").split(":")
    before = bounded.workers()
    with socket.create_connection((host, int(port)), 30) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(f"GET /sparql?query={quote(_CROSS)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert soon(lambda: not before <= bounded.workers())


def test_service_is_refused_before_evaluation(server: Server) -> None:
    """A query with SERVICE gets 403, or with SILENT one row, and no host is asked."""
    with socket.socket() as trap:
        trap.bind(("127.0.0.1", 0))
        trap.listen()
        trap.settimeout(0.3)
        address = f"http://127.0.0.1:{trap.getsockname()[1]}/"
        answer = server.ask(f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}")
        assert answer.status_code == 403
        assert answer.json()["code"] == "query-refused"
        answer = server.ask(f"SELECT * {{ SERVICE SILENT <{address}> {{ ?s ?p ?o }} }}")
        assert answer.json()["results"]["bindings"] == [{}]
        with pytest.raises(TimeoutError):
            trap.accept()


def test_a_worker_that_dies_idle_is_replaced(
    server: Server, soon: Callable[[Callable[[], bool]], bool]
) -> None:
    """A worker that is killed from outside is replaced, and no query fails of it."""
    victim = min(server.workers())
    os.kill(victim, signal.SIGKILL)
    assert soon(lambda: victim not in server.workers() and len(server.workers()) == 2)
    assert all(server.ask(_POINT).status_code == 200 for _ in range(4))


def test_the_zygote_is_replaced_with_its_workers(
    launch: Launch, folder: Path, tier: str, soon: Callable[[Callable[[], bool]], bool]
) -> None:
    """Where the zygote is killed a new one forks new workers."""
    with launch(folder, tier) as server:
        before = server.workers()
        zygote = int(Path(f"/proc/{min(before)}/stat").read_text("ascii").split()[3])
        os.kill(zygote, signal.SIGKILL)
        assert soon(lambda: len(server.workers()) == 2 and not before & server.workers())
        assert server.ask(_POINT).status_code == 200


@pytest.mark.long
def test_a_killed_server_leaves_no_process(
    launch: Launch, folder: Path, tier: str, soon: Callable[[Callable[[], bool]], bool]
) -> None:
    """After `kill -9` of the server its workers are gone, a busy one too."""
    with launch(folder, tier) as server:
        workers = server.workers()
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), 30) as line:
            line.sendall(f"GET /sparql?query={quote(_SLOW)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert soon(lambda: server.busy() == 1)
            server.process.kill()
        assert soon(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
