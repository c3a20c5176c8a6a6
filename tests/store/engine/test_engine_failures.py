"""An engine that is down, slow, or answers nonsense: 503 and Retry-After, never 404 nor nothing."""

import contextlib
import dataclasses
import socketserver
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from urbansdg.settings import read_settings
from urbansdg.store import Access

pytestmark = pytest.mark.long  # a server of another engine for each kind of failure

Command = Callable[..., subprocess.CompletedProcess[str]]


class Installed(Protocol):
    """An engine at work."""

    name: str
    process: subprocess.Popen[bytes]
    variables: dict[str, str]

    def stop(self) -> None:
        """Kill it."""


class Served(Protocol):
    """A server over an engine."""

    data_dir: Path
    log: Path
    engine: Installed

    def get(self, path: str, **params: str) -> httpx.Response:
        """Ask for a path."""

    def query(self, text: str, accept: str = "text/csv") -> httpx.Response:
        """Ask a query."""


Starter = Callable[..., contextlib.AbstractContextManager[Served]]
_PAGES = (
    *("/", "/id/city/1835848", "/doc/city/1835848.ttl", "/doc/city/none", "/id/city/none"),
    *("/describe?uri=http://metadata.un.org/sdg/11", "/describe?uri=urn:none", "/dataset"),
    *("/graphs?graph=http://localhost:8000/graph/cities", "/graph/cities", "/ready"),
    *("/sparql?query=SELECT%20*%20%7B%3Fs%20%3Fp%20%3Fo%7D%20LIMIT%209", "/sparql?query=ASK%7B%7D"),
    *("/sparql?query=CONSTRUCT%20WHERE%7B%3Fs%20%3Fp%20%3Fo%7D",),
)


@dataclass
class Between:
    """A server between ours and a real engine, which passes on what that answers, or spoils it."""

    engine: str
    spoil: Callable[[bytes, str], tuple[int, bytes, str] | None] | None = None
    url: str = ""
    free: threading.Event = field(default_factory=threading.Event)
    withheld: int | None = None
    """The status with which writes are answered, which the engine does not get then."""

    drips: bool = False
    """Whether answers come drop by drop."""

    dripping: str = ""
    """The method of the requests whose bodies or answers come so."""

    queries: list[bytes] = field(default_factory=list)
    """What was asked, except for whether there is a new version."""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Pass a request on, and its answer back."""
        if handler.command == self.dripping == "PUT":
            while not self.free.wait(0.2) and handler.rfile.read(1):
                pass
            return
        body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        sent = {
            name: handler.headers[name]
            for name in ("accept", "content-type")
            if handler.headers[name]
        }
        if b"versions%2Fstate" not in body:
            self.queries.append(body)
        if self.withheld and (handler.command == "PUT" or body.startswith(b"update=")):
            self.send(handler, self.withheld, b"<html>Hello</html>", "text/html")
            return
        url = f"{self.engine}{handler.path}"
        answer = httpx.request(handler.command, url, content=body, headers=sent, timeout=60)
        kind = answer.headers.get("content-type", "")
        spoilt = (answer.status_code, answer.content, kind)
        if self.spoil is not None:
            content = self.spoil(answer.content, kind)
            if content is None:
                self.free.wait(30)
                return
            spoilt = content
        self.send(handler, *spoilt)

    def send(self, handler: BaseHTTPRequestHandler, status: int, content: bytes, kind: str) -> None:
        """Send an answer."""
        handler.send_response(status)
        handler.send_header("content-type", kind)
        handler.send_header("content-length", str(len(content)))
        handler.end_headers()
        if not self.drips and handler.command != self.dripping:
            handler.wfile.write(content)
            return
        with contextlib.suppress(OSError):  # the client has left
            for drop in content:
                if self.free.wait(0.2):
                    return
                handler.wfile.write(bytes((drop,)))


@contextlib.contextmanager
def _between(engine: str) -> Iterator[Between]:
    between = Between(engine)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # http.server's name
            """Answer a reading."""
            between.answer(self)

        def do_POST(self) -> None:
            """Answer a query, or an update."""
            between.answer(self)

        def do_PUT(self) -> None:
            """Answer a writing."""
            between.answer(self)

        def do_DELETE(self) -> None:
            """Answer a removal."""
            between.answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Say nothing of clients that have left."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        assert isinstance(server, socketserver.TCPServer)
        between.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield between
        finally:
            between.free.set()
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Failing:
    """A server over an engine that can be spoilt."""

    served: Served
    between: Between


_SECRETS = ("k3y-of-the-engine", "user-of-the-engine", "w0rd-of-the-engine")
"""The key in an engine's address, its user, and the password."""


@pytest.fixture(scope="module")
def failing(
    engine: Installed,
    serving_over: Starter,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Failing]:
    """Return a server over an engine of which the answers can be spoilt."""
    if engine.name != "oxigraph":
        pytest.skip("what spoils the answers does not depend on the engine")
    folder = tmp_path_factory.mktemp("failing")
    address = engine.variables["URBANSDG_STORE"].removeprefix("sparql+").removesuffix("/query")
    with _between(address) as between:
        variables = {
            "URBANSDG_STORE": f"sparql+{between.url}/query?key={_SECRETS[0]}",
            "URBANSDG_STORE_USER": _SECRETS[1],
            "URBANSDG_STORE_PASSWORD": _SECRETS[2],
        }
        meddled = dataclasses.replace(engine, variables=variables)  # type: ignore[type-var]
        limits = {"store_seconds": "1", "query_seconds": "1"}
        with serving_over(meddled, folder / "data", folder / "log", **limits) as served:
            yield Failing(served, between)


def _halved(content: bytes, kind: str) -> tuple[int, bytes, str]:
    return 200, content[: len(content) // 2], kind


_NESTED = b'{"head":{"vars":["s"]},"results":{"bindings":[' + b"[" * 99_999
_SPOILT: dict[str, Callable[[bytes, str], tuple[int, bytes, str] | None]] = {
    "a half": _halved,
    "an error within": lambda content, kind: (200, content[:-3] + b" Timeout", kind),
    "a page": lambda _content, _kind: (200, b"<html>Welcome</html>", "text/html"),
    "nothing": lambda _content, kind: (200, b"", kind),
    "not found": lambda _content, _kind: (404, b"", "text/plain"),
    "a failure": lambda _content, _kind: (500, b"Out of memory", "text/plain"),
    "another rule": lambda _content, _kind: (401, b"", "text/plain"),
    "silence": lambda _content, _kind: None,
    "nesting": lambda _content, kind: (
        200,
        b'{"head":{"vars":["s"]},"results":{"bindings":[' + b"[" * 99_999,
        kind,
    ),
}


@pytest.mark.parametrize(
    "how",
    [
        how if how in {"a half", "a failure"} else pytest.param(how, marks=pytest.mark.long)
        for how in _SPOILT
    ],
)
def test_nonsense_of_the_engine_is_answered_with_503(failing: Failing, how: str) -> None:
    """Whatever the engine answers instead, every page is 503 with Retry-After until it is well."""
    failing.between.spoil = _SPOILT[how]
    pages = _PAGES if how != "silence" else (_PAGES[1], _PAGES[-3])
    try:
        for path in pages:
            if (
                path == "/sparql?query=CONSTRUCT%20WHERE%7B%3Fs%20%3Fp%20%3Fo%7D"
                and how == "nothing"
            ):
                continue  # no triples at all are a whole answer in N-Triples
            with contextlib.suppress(httpx.RemoteProtocolError):  # cut after the first byte
                answer = failing.served.get(path)
                assert answer.status_code == 503, (path, answer.text)
                assert int(answer.headers["retry-after"]) > 0
    finally:
        failing.between.spoil = None
        failing.between.free.set()
        failing.between.free.clear()
    assert failing.served.get("/doc/city/1835848.ttl").status_code == 200
    assert failing.served.query("SELECT * { ?s ?p ?o } LIMIT 9").status_code == 200


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (200, "did not keep it"),
        (405, "for reading alone"),
        (404, "URBANSDG_STORE_UPDATE"),
        (302, "refused a write"),
        (403, "not write"),
    ],
)
def test_a_write_that_the_engine_does_not_do_is_not_acknowledged(
    failing: Failing, urbansdg: Command, status: int, message: str
) -> None:
    """An engine that is read-only, or that accepts a write and does nothing, is reported."""
    failing.between.withheld = status
    names = ("load", "-", "--syntax", "ttl", "--graph", "withheld")
    try:
        done = urbansdg(
            *(*names, "--data-dir", failing.served.data_dir.parent / "writer"),
            stdin="<urn:note:7> <http://purl.org/dc/terms/title> 'A note' .",
            URBANSDG_STORE=f"sparql+{failing.between.url}/query",
        )
    finally:
        failing.between.withheld = None
    assert done.returncode == 3, done.stderr
    assert message in done.stderr


@pytest.mark.parametrize("status", [200, 401, 500])
def test_nobody_is_told_how_an_engine_is_reached(failing: Failing, status: int) -> None:
    """Whatever the engine answers, its key, user and password are in no answer and in no log."""
    if status != HTTPStatus.OK:
        failing.between.spoil = lambda _content, _kind: (status, b"No.", "text/plain")
    try:
        for path in ("/sparql", "/metrics", "/health", "/dataset.ttl", *_PAGES):
            answer = failing.served.get(path)
            text = f"{answer.text} {answer.headers}"
            assert not [secret for secret in _SECRETS if secret in text], path
    finally:
        failing.between.spoil = None
    log = failing.served.log.read_text("utf-8")
    assert not [secret for secret in _SECRETS if secret in log]


@pytest.mark.long
def test_an_engine_that_drips_is_slow(failing: Failing) -> None:
    """An answer that comes drop by drop is waited for no longer than silence is."""
    failing.between.drips = True
    began = time.monotonic()
    try:
        for path in (
            "/doc/city/1835848.ttl",
            "/ready",
            "/graphs?graph=http://localhost:8000/graph/cities",
        ):
            answer = failing.served.get(path)
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
    finally:
        failing.between.drips = False
    assert time.monotonic() - began < 60  # a drop each 0.2 s would take minutes


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/doc/policy/1279233-heat-action-plan.ttl", 6),
        # Those of the document, and: longitudes and latitudes (once per version), which policies
        # share its topics, their cities, the names of both, and the contacts of its own city.
        ("/doc/policy/1279233-heat-action-plan.html", 12),
        ("/doc/city/1835848.trig", 40),
        # Once per version: three counts for figures, the number of things, positions (2) and
        # countries of cities, their names (2), the goals and their names (2).
        ("/", 12),
        *((path, 4) for path in ("/policies", "/cities", "/goals", "/search?q=water")),
        ("/mentions?uri=http://metadata.un.org/sdg/11", 4),
        ("/describe?uri=http://metadata.un.org/sdg/11", 6),
    ],
)
def test_a_page_asks_the_engine_few_questions(failing: Failing, path: str, most: int) -> None:
    """A page with a hundred things on it asks the engine no more than one with a few."""
    failing.between.queries.clear()
    assert failing.served.get(path).status_code == 200
    assert 0 < len(failing.between.queries) <= most


@pytest.mark.long
@pytest.mark.parametrize("drops", ["GET", "PUT"])
def test_a_graph_that_is_brought_in_drops_ends_the_command(
    failing: Failing, urbansdg: Command, tmp_path: Path, drops: str
) -> None:
    """A load ends with exit code 3 where the engine gives or takes its graphs drop by drop."""
    url = failing.between.url
    variables = {"URBANSDG_STORE": f"sparql+{url}/query", "URBANSDG_STORE_SECONDS": "1"}
    name = f"dripping-{drops.lower()}"
    names = ("load", "-", "--syntax", "ttl", "--graph", name, "--data-dir", tmp_path / "data")
    note = "<urn:note:8> <http://purl.org/dc/terms/title> [] ."
    failing.between.dripping = drops
    began = time.monotonic()
    try:
        done = urbansdg(*names, stdin=note, **variables)
    finally:
        failing.between.dripping = ""
    assert done.returncode == 3, done.stderr
    assert "kept us waiting for 1 seconds" in done.stderr
    assert time.monotonic() - began < 60  # so would these drops
    assert failing.served.get(f"/graph/{name}").status_code == 404
    assert urbansdg(*names, stdin=note, **variables).returncode == 0
    dropped = {"update": f"DROP GRAPH <http://localhost:8000/graph/{name}>"}
    httpx.post(f"{failing.between.url}/update", data=dropped).raise_for_status()


def test_an_engine_that_is_down_is_told_of_and_followed_again(
    small: Installed,
    serving_over: Starter,
    opened: Callable[[Installed, Path], object],
    urbansdg: Command,
    tmp_path: Path,
) -> None:
    """Without its engine the server answers with 503 and Retry-After; the command says so too."""
    data = tmp_path / "data"
    assert urbansdg("serve", "--data-dir", data, **small.variables).returncode == 3
    opened(small, data)
    with serving_over(small, data, tmp_path / "log") as served:
        assert served.query("ASK {}").text.strip() == "true"
        small.stop()
        for path in _PAGES:
            answer = served.get(path)
            assert answer.status_code == 503, path
            assert int(answer.headers["retry-after"]) > 0
        assert served.get("/health").status_code == 200
        assert served.query("SELECT * {").status_code == 400
    done = urbansdg("load", "-", "--syntax", "ttl", stdin="", **small.variables)
    assert done.returncode == 3
    assert "does not answer" in done.stderr


def test_a_password_is_never_shown() -> None:
    """The password is in no text of the settings or of the access, and an address may have none."""
    options = {
        "store": "sparql+http://127.0.0.1/sparql",
        "store_user": "u",
        "store_password": "s3cret",
    }
    settings = read_settings(**options)
    assert "s3cret" not in f"{settings!r} {settings} {Access.of(settings)!r}"
    access = Access.of(settings)
    assert access is not None
    assert "s3cret" in access.environment().values()


@pytest.mark.parametrize(
    ("query", "update", "graphs"),
    [
        ("http://h:7878/query", "http://h:7878/update", "http://h:7878/store"),
        ("http://h/sparql", "http://h/sparql-auth", "http://h/sparql-graph-crud-auth"),
        (
            "https://h/repositories/r",
            "https://h/repositories/r/statements",
            "https://h/repositories/r/rdf-graphs/service",
        ),
        ("http://h/other", "", ""),
    ],
)
def test_the_addresses_of_an_engine_follow_from_that_for_queries(
    query: str, update: str, graphs: str
) -> None:
    """Where an engine takes updates and graphs follows from where it takes queries."""
    access = Access.of(read_settings(store=f"sparql+{query}"))
    assert access is not None
    assert (access.query, access.update, access.graphs) == (query, update, graphs)


@pytest.mark.parametrize(
    "address", ["http://h/query", "sparql+http://u:s3cret@h/query", "sparql+h"]
)
def test_an_address_that_is_none_is_refused(urbansdg: Command, address: str) -> None:
    """An address without its kind, or with a user in it, is refused and its password not shown."""
    done = urbansdg("versions", URBANSDG_STORE=address)
    assert done.returncode == 2
    assert "URBANSDG_STORE" in done.stderr
    assert "s3cret" not in done.stderr


@pytest.mark.parametrize("command", ["versions", "rollback 1"])
def test_what_takes_versions_is_refused_over_an_engine(
    served: Served, urbansdg: Command, command: str
) -> None:
    """The commands on versions say that an engine keeps none."""
    if served.engine.name != "oxigraph":
        pytest.skip("what the command refuses does not depend on the engine")
    done = urbansdg(*command.split(), "--data-dir", served.data_dir, **served.engine.variables)
    assert done.returncode == 3
    assert "keeps no versions" in done.stderr
