"""SERVICE: closed, and open to the hosts that the operator names."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.egress.egress_policy import Egress, Forbidden
from urbansdg.egress.url_host import host_of
from urbansdg.sparql.service_clauses import ServiceRefused, routed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.server import Server, Start

_ROW = {"x": {"type": "uri", "value": "urn:remote"}}
_RESULT = json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [_ROW]}}).encode()
_GATEWAY = "http://127.0.0.1:1/secret/"


@pytest.fixture(scope="session")
def tier() -> str:
    """Return one tier: what is tested here does not depend on it."""
    return "disk"


_REFUSALS = {
    "problem": ("application/problem+json", b'{"title": "Bad", "detail": "No <urn:f>.\\n Sorry"}'),
    "words": ("text/plain; charset=utf-8", "Línea\n1:\x07 no".encode()),
    "page": ("text/html", b"<h1>secret</h1>"),
    "list": ("application/json", b"[1, 2]"),
    "nested": ("application/json", b"[" * 60_000),
}
"""Moods in which it refuses the query: the media type and the text of its answer."""


class _Elsewhere(BaseHTTPRequestHandler):
    """Another endpoint, with moods: what it does stands in the path."""

    protocol_version = "HTTP/1.1"
    left: list[bool] = []  # noqa: RUF012  # one for all requests
    requests = 0

    def do_POST(self) -> None:
        """Answer by mood."""
        type(self).requests += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        mood = self.path.strip("/")
        if mood.startswith("to"):
            self._say(307, b"", Location=mood.removeprefix("to-").replace("~", "/"))
        elif mood == "slow":
            self.left.append(bool(self.rfile.read(1)))
            self.close_connection = True
        elif mood == "broken":
            self._say(500, b"secret trace")
        elif mood in _REFUSALS:
            kind, text = _REFUSALS[mood]
            self._say(400, text, kind=kind)
        elif mood == "bomb":
            self._say(200, b"\x1f\x8b", Encoding="gzip")
        elif mood == "endless":
            self._pour()
        elif mood == "short":
            self._say(200, _RESULT, length=1000)
        else:
            self._say(200, _RESULT)

    def _say(
        self,
        status: int,
        body: bytes,
        length: int | None = None,
        kind: str = "application/sparql-results+json",
        **headers: str,
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(f"Content-{name}" if name == "Encoding" else name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def _pour(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        with contextlib.suppress(OSError):
            for _ in range(1000):
                self.wfile.write(b" " * 65536)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """Return the address of another endpoint, `host:port`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def federating(
    folder: Path,
    server: Server,
    elsewhere: str,
    launched: Start,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """Return a server that may ask two endpoints of this machine."""
    log = tmp_path_factory.mktemp("log") / "log"
    settings = {
        "service_hosts": f"{elsewhere}, {server.url.removeprefix('http://')}",
        "service_networks": "127.0.0.1",
        "service_seconds": 1,
        "service_bytes": "1MiB",
        "workers": 1,
    }
    with launched(folder, log, **settings) as running:
        yield running


def _service(url: str, silent: str = "") -> str:
    return f"SELECT ?x {{ SERVICE {silent} <{url}> {{ ?x ?y ?z }} }}"


def test_a_second_endpoint_is_joined(federating: Server, server: Server) -> None:
    """A query over two endpoints joins what both of them say."""
    answer = federating.ask(
        f"""SELECT ?here ?there {{
            <urn:one> <http://example.org/name> ?here
            SERVICE <{server.sparql}> {{ <urn:two> <http://example.org/name> ?there }}
        }}"""
    )
    (row,) = answer.json()["results"]["bindings"]
    assert (row["here"]["value"], row["there"]["value"]) == ("Zürich one", "Zürich two")
    assert "etag" not in answer.headers


def test_a_redirect_is_followed_to_an_allowed_host(federating: Server, elsewhere: str) -> None:
    """A redirect within the allowed hosts is followed; three times, no more."""
    answer = federating.ask(_service(f"http://{elsewhere}/to-~plain"))
    assert answer.json()["results"]["bindings"] == [_ROW]


@pytest.mark.long
@pytest.mark.parametrize(
    ("mood", "reason"),
    [
        ("to-http:~~192.0.2.1~", "192.0.2.1"),
        ("to-http:~~localhost:1~", "localhost:1"),
        ("to-file:~~~etc~passwd", "file"),
        ("to-~to-~to-~to-~to-~x", "redirects"),
        ("slow", "1 seconds"),
        ("broken", "responds with status 500."),
        ("bomb", "compressed"),
        ("endless", "longer than"),
        ("short", "/short failed: "),
    ],
)
def test_a_service_that_fails_is_reported(
    federating: Server, elsewhere: str, mood: str, reason: str
) -> None:
    """A service over its limits, or that redirects elsewhere, is reported as 502 with a reason."""
    url = f"http://{elsewhere}/{mood}"
    answer = federating.ask(_service(url))
    assert (answer.status_code, answer.json()["code"]) == (502, "service-failed")
    assert reason in answer.json()["detail"]
    assert "secret" not in answer.text
    silent = federating.ask(_service(url, "SILENT"))
    assert silent.json()["results"]["bindings"] == [{}]


@pytest.mark.parametrize(
    ("mood", "detail"),
    [
        ("problem", ": No <urn:f>. Sorry."),
        ("words", ": Línea 1: no."),
        ("page", "."),
        ("list", "."),
        ("nested", "."),
    ],
)
def test_what_a_service_says_of_its_error_is_passed_on(
    federating: Server, elsewhere: str, mood: str, detail: str
) -> None:
    """The status of another endpoint is reported, with the detail of its problem document."""
    url = f"http://{elsewhere}/{mood}"
    problem = federating.ask(_service(url)).json()
    assert problem["detail"] == f"A SERVICE failed: {url} responds with status 400{detail}"


def test_the_error_of_a_federated_query_names_its_cause(federating: Server, server: Server) -> None:
    """An error at another of our endpoints is reported with the reason that it gives."""
    query = f"SELECT ?n {{ SERVICE <{server.sparql}> {{ BIND(<urn:f>(1) AS ?n) }} }}"
    problem = federating.ask(query).json()
    assert problem["code"] == "service-failed"
    assert "status 400" in problem["detail"]
    assert "there is no function <urn:f>" in problem["detail"]


@pytest.mark.parametrize(
    "pattern", ["FILTER EXISTS {{ {0} }}", "FILTER NOT EXISTS {{ {0} }}", "LATERAL {{ {0} }}"]
)
def test_a_query_makes_a_limited_number_of_requests(
    federating: Server, elsewhere: str, pattern: str
) -> None:
    """A query that would contact a service for each row ends at the limit, with its reason."""
    _Elsewhere.requests = 0
    service = f"SERVICE <http://{elsewhere}/> {{ ?x ?y ?s }}"
    query = f"SELECT * {{ ?s <urn:value> ?o {pattern.format(service)} }}"
    answer = federating.ask(query)
    assert (answer.status_code, answer.json()["code"]) == (503, "query-resources")
    assert "more than 20 requests by SERVICE" in answer.json()["detail"]
    assert "URBANSDG_SERVICE_CALLS" in answer.json()["remedy"]
    assert _Elsewhere.requests == 20
    assert federating.ask(_service(f"http://{elsewhere}/")).status_code == 200  # counted anew


def test_redirects_count_as_requests(federating: Server, elsewhere: str) -> None:
    """Each hop of a redirect is a request of the query, and SILENT does not hide the limit."""
    _Elsewhere.requests = 0
    service = f"SERVICE SILENT <http://{elsewhere}/to-~plain> {{ ?x ?y ?z }}"
    query = f"SELECT ?s {{ ?s <urn:value> ?o FILTER EXISTS {{ {service} }} }} LIMIT 50"
    assert federating.ask(query).status_code == 503
    assert _Elsewhere.requests == 20


def test_a_service_is_left_with_the_query(
    federating: Server, elsewhere: str, soon: Callable[[Callable[[], bool]], bool]
) -> None:
    """Where the query is stopped, the connection to the other endpoint ends with it."""
    _Elsewhere.left.clear()
    params = {"query": _service(f"http://{elsewhere}/slow"), "timeout": "0.2"}
    assert httpx.get(federating.sparql, params=params).status_code == 504
    assert soon(lambda: _Elsewhere.left == [False])


@pytest.mark.parametrize(
    "clause",
    [
        "SERVICE <http://example.com/sparql> {",
        "SERVICE <http://127.0.0.1:1/> {",
        "SERVICE <http://169.254.169.254/latest> {",
        "SERVICE ?anywhere {",
        "SERVICE ex:there {",
        "SERVICE <relative> {",
        r"SERVICE <http://\u0065xample.com/> {",
    ],
)
def test_a_host_that_is_not_named_is_refused(federating: Server, clause: str) -> None:
    """A SERVICE that does not name an allowed host by its absolute IRI gets 403, naming it."""
    answer = federating.ask(f"PREFIX ex: <http://example.com/> ASK {{ {clause} ?x ?y ?z }} }}")
    assert (answer.status_code, answer.json()["code"]) == (403, "query-refused")
    assert clause.split()[-2].strip("<>").partition("//")[2].partition("/")[0] in answer.text
    assert "URBANSDG_SERVICE_HOSTS" in answer.json()["remedy"]


_SILENT = [
    "SERVICE SILENT <http://127.0.0.1:1/sparql> {",
    "SERVICE SILENT <http://169.254.169.254/latest> {",
    "SERVICE SILENT <relative> {",
    "service # one\n silent # two\n <http://example.com/> {",
    "SERVICESILENT<http://example.com/>{",
    "SERVICE SILENT ?x {",
    "SERVICE SILENT ex:there {",
]


@pytest.mark.parametrize("clause", _SILENT)
def test_a_silent_service_that_is_not_allowed_gives_one_row(
    federating: Server, server: Server, clause: str
) -> None:
    """SERVICE SILENT that may not be contacted is one that fails: a solution without bindings."""
    query = f"PREFIX ex: <http://e.org/> SELECT ?x {{ VALUES ?x {{ 1 }} {clause} ?s ?p ?o }} }}"
    for endpoint in (federating, server):  # SERVICE is open to some hosts, and closed
        answer = endpoint.ask(query)
        assert [row["x"]["value"] for row in answer.json()["results"]["bindings"]] == ["1"]


def test_a_clause_inside_of_what_could_be_another_is_seen(
    federating: Server, elsewhere: str
) -> None:
    """A clause is checked although the text before it, a string, could begin one that spans it."""
    query = f"""SELECT * {{ BIND('SERVICE SILENT #' AS ?a) SERVICE <http://example.com/> {{ }}
        <http://{elsewhere}/> {{ }} }}"""
    assert federating.ask(query).status_code == 403


def test_text_that_spells_out_a_clause_is_left_alone(federating: Server, elsewhere: str) -> None:
    """What looks like a clause in a string or comment is not rewritten, a true one beside it is."""
    text = f"SERVICE <http://{elsewhere}/> {{"
    query = f"""SELECT ?text ?x {{ # {text}
        BIND("{text}" AS ?text) {text} ?x ?y ?z }} }}"""
    (row,) = federating.ask(query).json()["results"]["bindings"]
    assert (row["text"]["value"], row["x"]["value"]) == (text, "urn:remote")


_WORDS = [
    "SERVICE",
    "SILENT",
    "<http://a/>",
    "<http://b/>",
    "?x",
    "{",
    "}",
    '"',
    "'",
    '"""',
    "\\",
    "#",
    "SELECT",
    "*",
    "ASK",
    "FILTER(",
    ")",
    ".",
]
_PARTS = st.sampled_from([*_WORDS, "\n", " "])


@given(st.lists(_PARTS, max_size=12).map("".join))
def test_only_allowed_hosts_are_led_through_the_gateway(text: str) -> None:
    """Whatever the query, what is rewritten names an allowed host, or the query is refused."""
    try:
        led = routed(f"SELECT * {{ {text}", _GATEWAY, {"a"})
    except ServiceRefused:
        return
    assert "SERVICE<http://b/>{" not in text
    assert led.count(_GATEWAY) <= text.count("<http://a/>")


_NOT_PUBLIC = """
127.0.0.1 0.0.0.0 10.1.2.3 172.16.0.1 192.168.1.1 100.64.0.1 169.254.1.1 169.254.169.254
168.63.129.16 192.0.2.1 224.0.0.1 255.255.255.255 :: ::1 fe80::1 fc00::1 fd00:ec2::254 ff02::1
::ffff:127.0.0.1 ::ffff:10.0.0.1 2002:7f00:1:: 64:ff9b::7f00:1 2001:0:7f00:1:: 2001:db8::1
"""


@pytest.mark.parametrize("address", _NOT_PUBLIC.split())
def test_an_address_that_is_not_public_is_never_reached(address: str) -> None:
    """No private, loopback, link-local, shared, reserved or metadata address is connected to."""
    with pytest.raises(Forbidden):
        Egress(frozenset({"example.org"})).check_address(ipaddress.ip_address(address))


def test_an_own_network_does_not_open_the_metadata_of_a_cloud() -> None:
    """An exempt network is reached, except the metadata addresses of clouds."""
    egress = Egress(frozenset({"x"}), (ipaddress.ip_network("169.254.0.0/16"),))
    egress.check_address(ipaddress.ip_address("169.254.1.1"))
    egress.check_address(ipaddress.ip_address("93.184.216.34"))
    with pytest.raises(Forbidden):
        egress.check_address(ipaddress.ip_address("169.254.169.254"))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://Example.org/sparql", "example.org"),
        ("https://example.org:443/", "example.org"),
        ("http://example.org:443/", "example.org:443"),
        ("http://example.org./", "example.org"),
        ("http://[::1]:80/", "[::1]"),
        ("http://example.org@evil.example/", None),
        ("http://example.org\\@evil.example/", None),
        ("http://exämple.org/", None),
        ("ftp://example.org/", None),
        ("http://example.org:x/", None),
        ("relative", None),
    ],
)
def test_the_host_of_a_url_is_what_is_connected_to(url: str, host: str | None) -> None:
    """Of a URL the host and port count, whatever else stands in it."""
    assert host_of(url) == host


def test_the_gateway_answers_only_those_who_know_it(federating: Server, elsewhere: str) -> None:
    """Who finds the gateway's port gets nothing from it."""
    port = next(port for port in _listening(federating.process.pid) if port not in federating.url)
    with socket.create_connection(("127.0.0.1", int(port)), 5) as line:
        request = f"POST /guess/http%3A%2F%2F{elsewhere}%2F HTTP/1.1\r\nHost: x\r\n"
        line.sendall(f"{request}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        assert line.recv(100).startswith(b"HTTP/1.1 404")


def _listening(pid: int) -> list[str]:
    links = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    rows = [row.split() for row in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    return [
        str(int(row[1].rpartition(":")[2], 16))
        for row in rows
        if row[3] == "0A" and f"socket:[{row[9]}]" in links
    ]


def test_the_kernel_refuses_a_worker_every_other_port() -> None:
    """A confined process connects to the gateway's port, and to no other."""
    code = """
import socket, sys
from urbansdg.sandbox.isolation import confine_network
ports = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
numbers = [each.getsockname()[1] for each in ports]
if not confine_network(numbers[:1]):
    sys.exit(77)
socket.create_connection(("127.0.0.1", numbers[0]), 2).close()
try:
    socket.create_connection(("127.0.0.1", numbers[1]), 2)
except PermissionError:
    sys.exit(0)
sys.exit(1)
"""
    done = subprocess.run((sys.executable, "-P", "-c", code), check=False, timeout=30)
    if done.returncode == 77:
        pytest.skip("this kernel has no Landlock for the network (Linux 6.7)")
    assert done.returncode == 0
