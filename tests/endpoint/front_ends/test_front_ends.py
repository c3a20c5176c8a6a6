"""A server of two front ends: one address, one set of limits, one graph; any process may die."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.server import children, http_client
from urbansdg.store import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.server import Launch, Server, Start

    Soon = Callable[[Callable[[], bool]], bool]

_ASK = "ASK {}"
_WORKED = "ASK { ?s ?p ?o FILTER(STRLEN(STR(?o)) > 10000) }"
_CROSS = (
    "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
    " FILTER(STRLEN(CONCAT(STR(?a), STR(?e), STR(?i))) < 0) }"
)
_GRAPH = "http://example.org/notes"
_CONNECTIONS = 12


@pytest.fixture(scope="module")
def graph_of_two(
    published: Callable[[Path, int], int], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the data directory of a small graph that this module changes."""
    place = tmp_path_factory.mktemp("two") / "graph"
    published(place, 3_000)
    return place


@pytest.fixture(scope="module")
def two(
    graph_of_two: Path, launched: Start, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Return a server of two front ends."""
    log = tmp_path_factory.mktemp("log") / "log"
    with launched(graph_of_two, log, front_ends=2, access_log=True) as running:
        yield running


@pytest.fixture(autouse=True)
def _whole_again(two: Server, soon: Soon) -> Iterator[None]:
    """Check after a test that all processes are there, once, and that queries are answered."""
    yield
    assert soon(lambda: two.health()["front_ends"] == 2)
    assert soon(lambda: two.health()["workers"] == 2)
    assert soon(lambda: len(two.front_ends()) == 2)
    assert soon(lambda: len(two.workers()) == 2)
    assert two.ask(_WORKED).status_code == 200
    assert "Traceback" not in two.log_text()


@contextlib.contextmanager
def _clients(server: Server) -> Iterator[list[httpx.Client]]:
    """Give clients whose kept connections lead to both front ends."""
    with contextlib.ExitStack() as stack:
        while True:
            clients = [stack.enter_context(http_client(server.url)) for _ in range(_CONNECTIONS)]
            for client in clients:
                assert client.get("/health").status_code == 200
            if all(_connections(pid, server) for pid in server.front_ends()):
                yield clients
                return


def _connections(pid: int, server: Server) -> int:
    """Return how many connections to the server a process has."""
    port = f":{int(server.url.rpartition(':')[2]):04X}"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    inodes = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(port) and row[3] == "01"}
    count = 0
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            count += file.readlink().name in inodes
    return count


def _bearer(folder: Path) -> dict[str, str]:
    label = f"writer {os.urandom(4).hex()}"
    token = Tokens(folder).create(label)
    return {"authorization": f"Bearer {token}", "content-type": "text/turtle"}


def _requests(server: Server) -> float:
    text = httpx.get(f"{server.url}/metrics").text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "urbansdg_requests_total" and sample.labels["place"] == "/sparql"
    )


def test_metrics_are_sums_that_survive_a_front_end(two: Server, soon: Soon) -> None:
    """`/metrics` counts the requests of all front ends, those of one that was killed too."""
    before = _requests(two)
    with _clients(two) as clients:
        for client in clients:
            assert client.get("/sparql", params={"query": _ASK}).json()["boolean"]
    assert _requests(two) == before + _CONNECTIONS
    victim = min(two.front_ends())
    os.kill(victim, signal.SIGKILL)
    assert soon(lambda: victim not in two.front_ends() and two.health()["front_ends"] == 2)
    assert _requests(two) == before + _CONNECTIONS


@pytest.mark.long
def test_a_write_is_read_on_every_front_end(two: Server, graph_of_two: Path) -> None:
    """What a client has written it reads with its next request, on any connection."""
    bearer = _bearer(graph_of_two)
    read = {"query": f"SELECT ?o {{ GRAPH <{_GRAPH}> {{ ?s <urn:p> ?o }} }}"}
    dumped = {"accept": "application/n-triples"}
    with _clients(two) as clients:
        for number in range(6):
            writer = clients[number % len(clients)]
            body = f'<urn:s> <urn:p> "{number}" .'
            answer = writer.put(f"/graphs?graph={_GRAPH}", content=body, headers=bearer)
            assert answer.is_success, answer.text
            version = answer.headers["urbansdg-version"]
            for client in clients:
                assert f'"{number}"' in client.get("/sparql", params=read).text
                graph = client.get(f"/graphs?graph={_GRAPH}", headers=dumped)
                assert (graph.text, graph.headers["urbansdg-version"]) == (f"{body}\n", version)


@pytest.mark.long
def test_conditional_writes_on_two_front_ends_are_in_turn(two: Server, graph_of_two: Path) -> None:
    """Of writes that all name one state of a graph, one is done: no update is lost."""
    bearer, address = _bearer(graph_of_two), f"/graphs?graph={_GRAPH}"
    outcomes = list[int]()
    with _clients(two) as clients:
        assert clients[0].put(address, content='<urn:s> <urn:p> "x" .', headers=bearer).is_success
        state = {"if-match": clients[0].get(address).headers["etag"]} | bearer

        def write(client: httpx.Client, number: int) -> None:
            body = f'<urn:s> <urn:p> "writer {number}" .'
            outcomes.append(client.put(address, content=body, headers=state).status_code)

        threads = [
            threading.Thread(target=write, args=item)
            for item in zip(clients[:6], range(6), strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(outcomes) == [204, *[412] * 5]


def test_no_request_elsewhere_suffers_where_a_front_end_is_killed(two: Server, soon: Soon) -> None:
    """The connections to the other front end go on without an error; the killed one is replaced."""
    with _clients(two) as clients:
        victim = min(two.front_ends())
        connections = _connections(victim, two)
        os.kill(victim, signal.SIGKILL)
        lost = 0
        for _ in range(20):
            for client in tuple(clients):
                try:
                    assert client.get("/sparql", params={"query": _WORKED}).status_code == 200
                except httpx.TransportError:  # it was the victim's, and is opened again
                    lost += 1
        assert lost <= connections
    assert soon(lambda: len(two.front_ends() - {victim}) == 2)
    assert "front end" in two.log_text()


@pytest.mark.long
def test_another_coordinator_follows_one_that_was_killed(
    two: Server, graph_of_two: Path, soon: Soon
) -> None:
    """Kept answers go on while the coordinator is replaced; queries and writes follow."""
    bearer, victim = _bearer(graph_of_two), two.coordinator()
    with _clients(two) as clients:
        for client in clients:
            client.get("/sparql", params={"query": _ASK})
        os.kill(victim, signal.SIGKILL)
        for client in clients:
            assert client.get("/sparql", params={"query": _ASK}).json()["boolean"]
    assert soon(lambda: len(two.workers()) == 2 and victim not in children(two.process.pid))
    address = f"{two.url}/graphs?graph={_GRAPH}"
    body = '<urn:s> <urn:p> "after" .'
    assert httpx.put(address, content=body, headers=bearer, timeout=60).is_success


@pytest.mark.long
def test_a_write_whose_coordinator_is_killed_is_reported_as_lost(
    two: Server, graph_of_two: Path, soon: Soon
) -> None:
    """The client of a write learns that its outcome is unknown, and others write afterwards."""
    bearer, victim = _bearer(graph_of_two), two.coordinator()
    where = "GRAPH ?x { ?a ?b ?c } GRAPH ?y { ?d ?e ?f } GRAPH ?z { ?g ?h ?i }"
    condition = "FILTER(STRLEN(CONCAT(STR(?a), STR(?e), STR(?i))) < 0)"
    update = {"update": f"INSERT {{ ?a ?e ?i }} WHERE {{ {where} {condition} }}"}
    answers = list[httpx.Response]()

    def write() -> None:
        headers = {"authorization": bearer["authorization"]}
        answers.append(httpx.post(two.sparql, data=update, headers=headers, timeout=60))

    thread = threading.Thread(target=write)
    thread.start()
    time.sleep(3)
    os.kill(victim, signal.SIGKILL)
    thread.join(30)
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (503, "write-lost")
    ]
    assert soon(lambda: len(two.workers()) == 2 and victim not in children(two.process.pid))
    address, body = f"{two.url}/graphs?graph={_GRAPH}", '<urn:s> <urn:p> "later" .'
    assert soon(lambda: httpx.put(address, content=body, headers=bearer, timeout=60).is_success)


def test_every_worker_and_zygote_is_replaced(two: Server, soon: Soon) -> None:
    """Queries are answered again after all workers, then all zygotes, are killed."""
    for victims in (two.workers, two.zygotes):
        before = victims()
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        assert soon(lambda before=before: len(two.workers() - before) == 2)  # type: ignore[misc]
        assert two.ask(_WORKED).status_code == 200


def test_log_lines_of_all_front_ends_are_whole(two: Server) -> None:
    """Lines of the access log of several processes are not mixed."""
    with _clients(two) as clients:

        def ask(client: httpx.Client) -> None:
            for _ in range(50):
                client.get("/sparql", params={"query": _ASK})

        threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    lines = [line for line in two.log_text().splitlines() if '"place"' in line]
    assert all(line.startswith("{") and line.endswith("}") for line in lines)


def test_a_long_query_holds_up_nobody_while_another_worker_is_free(two: Server, soon: Soon) -> None:
    """A front end whose worker evaluates a long query gets the worker of the other one."""
    host, port = two.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        question = str(httpx.URL("/sparql", params={"query": _CROSS}))
        line.sendall(f"GET {question} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert soon(lambda: two.busy() == 1)
        with _clients(two) as clients:
            for number in range(3):
                for client in clients:  # on either front end, in turn
                    query = f"{_WORKED} # {number} {id(client)}"
                    began = time.monotonic()
                    assert client.get("/sparql", params={"query": query}).status_code == 200
                    assert time.monotonic() - began < 5
    assert soon(lambda: two.busy() == 0 and two.health()["workers"] == 2)


@pytest.mark.long
def test_limits_of_a_client_are_over_all_front_ends(
    launch: Launch, folder: Path, soon: Soon
) -> None:
    """A client has its number of queries at once on all front ends together."""
    with (
        launch(folder, front_ends=2, client_queries=1, query_seconds=20) as server,
        contextlib.ExitStack() as stack,
    ):
        lines = list[socket.socket]()
        host, port = server.url.removeprefix("http://").split(":")
        line = stack.enter_context(socket.create_connection((host, int(port))))
        question = str(httpx.URL("/sparql", params={"query": _CROSS}))
        line.sendall(f"GET {question} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        lines.append(line)
        assert soon(lambda: server.busy() == 1)
        with _clients(server) as clients:
            statuses = {c.get("/sparql", params={"query": _WORKED}).status_code for c in clients}
        assert statuses == {429}


@pytest.mark.long
def test_one_address_has_half_of_the_connections_of_all_front_ends(
    launch: Launch, folder: Path
) -> None:
    """The limit on connections of one address is over all front ends."""
    with launch(folder, front_ends=2, connections=20) as server, contextlib.ExitStack() as stack:
        host, port = server.url.removeprefix("http://").split(":")
        refused = 0
        for _ in range(20):
            line = stack.enter_context(socket.create_connection((host, int(port))))
            line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            refused += line.recv(1 << 16).startswith(b"HTTP/1.1 503")
        assert refused == 10


@pytest.mark.long
@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_processes(launch: Launch, folder: Path, kind: signal.Signals) -> None:
    """SIGTERM and SIGINT end the server with status 0, and no process is left."""
    with launch(folder, front_ends=2) as server:
        every = _all_below(server.process.pid)
        server.process.send_signal(kind)
        assert server.process.wait(30) == 0
        assert not [pid for pid in every if Path(f"/proc/{pid}").exists()]
        assert "Traceback" not in server.log_text()


@pytest.mark.long
def test_nothing_is_left_where_the_supervisor_is_killed(
    launch: Launch, folder: Path, soon: Soon
) -> None:
    """All processes end with the supervisor, even where it is killed."""
    with launch(folder, front_ends=2) as server:
        every = _all_below(server.process.pid)
        server.process.kill()
        server.process.wait(30)
        assert soon(lambda: not [pid for pid in every if _runs(pid)])


def _all_below(pid: int) -> set[int]:
    own = children(pid)
    return own.union(*map(_all_below, own))


def _runs(pid: int) -> bool:
    """Tell whether a process runs: a zombie does not."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    return False
