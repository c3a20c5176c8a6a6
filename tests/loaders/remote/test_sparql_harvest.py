"""Harvesting another endpoint: in pages, over breaks, at the pace that it asks for."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.support.server import Server
from urbansdg.errors import SourceUnreadable
from urbansdg.loaders.remote.sparql_harvest import HarvestLimits, HarvestRequest, harvest_pages

Command = Callable[..., subprocess.CompletedProcess[str]]


class _Slow(BaseHTTPRequestHandler):
    """An endpoint of three pages that is busy before the second, and ill at the third for once."""

    requests: ClassVar[list[tuple[str, float]]] = []
    refusals: ClassVar[list[tuple[int, str]]] = []

    def do_GET(self) -> None:
        """Answer with a page, or refuse."""
        self.requests.append((self.path, time.monotonic()))
        if self.refusals and self.refusals[0][0] < len(self.requests):
            _, status = self.refusals.pop(0)
            self._answer(int(status), b"")
        elif "OFFSET+4" in self.path or "OFFSET%204" in self.path:
            self._answer(200, b"")
        else:
            number = len(self.requests)
            self._answer(200, b"<http://e/%d> <http://e/b> <http://e/c> .\n" % number)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/turtle")
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _slow(refusals: list[tuple[int, str]]) -> Iterator[str]:
    _Slow.requests, _Slow.refusals = [], refusals
    with ThreadingHTTPServer(("127.0.0.1", 0), _Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/sparql"
        server.shutdown()


def _quiet(_step: str, _done: int, _total: int | None) -> None:
    pass


_ORDERED = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o"


def test_a_busy_endpoint_is_asked_again_when_it_says(tmp_path: Path) -> None:
    """After 429 the endpoint is left in peace for the seconds of Retry-After, then asked again."""
    with _slow([(1, "429")]) as url:
        pages = harvest_pages(HarvestRequest(url, _ORDERED, 2), tmp_path, HarvestLimits(), _quiet)
    assert len(list(pages.glob("*.ttl"))) == 3
    (_, refused), (_, again) = _Slow.requests[1:3]
    assert again - refused >= 1


def test_what_broke_off_goes_on_where_it_was(tmp_path: Path) -> None:
    """A page that is here is not asked for again after a break."""
    with _slow([(1, "404")]) as url:
        request = HarvestRequest(url, _ORDERED, 2)
        with pytest.raises(SourceUnreadable):
            harvest_pages(request, tmp_path, HarvestLimits(), _quiet)
        before = len(_Slow.requests)
        harvest_pages(request, tmp_path, HarvestLimits(), _quiet)
        assert before == 2
        assert not any("OFFSET+0" in path or "OFFSET%200" in path for path, _ in _Slow.requests[2:])


def test_a_wait_beyond_measure_is_not_begun(tmp_path: Path) -> None:
    """A request that needs a longer wait than allowed fails at once."""
    with (
        _slow([(0, "429")]) as url,
        pytest.raises(SourceUnreadable, match="with status 429"),
    ):
        harvest_pages(HarvestRequest(url, _ORDERED), tmp_path, HarvestLimits(longest=0.5), _quiet)
    assert len(_Slow.requests) == 1


class _Moved(BaseHTTPRequestHandler):
    """An endpoint that redirects, by its path."""

    requests: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Redirect, or answer with an empty page."""
        self.requests.append(self.path)
        path, _, query = self.path.partition("?")
        port = self.connection.getsockname()[1]
        targets = {
            "/once": f"/sparql?{query}",
            "/round": f"/round?{query}",
            "/file": "file:///etc/passwd",
            "/localhost": f"http://localhost:{port}/sparql?{query}",
            "/metadata": "http://169.254.169.254/latest/meta-data/",
            "/mapped": f"http://[::ffff:127.0.0.1]:{port}/sparql?{query}",
            "/decimal": f"http://2130706433:{port}/sparql?{query}",
        }
        self.send_response(302 if path in targets else 200)
        if path in targets:
            self.send_header("Location", targets[path])
        self.send_header("Content-Type", "text/turtle")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def moved() -> Iterator[str]:
    """Return the address of the endpoint that redirects."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Moved) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_redirect_of_an_endpoint_is_followed(moved: str, tmp_path: Path) -> None:
    """A redirect to the same host is followed with the whole query."""
    _Moved.requests.clear()
    request = HarvestRequest(f"{moved}/once", _ORDERED, 2)
    harvest_pages(request, tmp_path, HarvestLimits(), _quiet)
    assert [path.partition("?")[0] for path in _Moved.requests] == ["/once", "/sparql"]
    assert _Moved.requests[0].partition("?")[2] == _Moved.requests[1].partition("?")[2]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("round", "redirects more than 5 times"),
        ("file", "redirect to file:///etc/passwd is not allowed"),
        ("localhost", "localhost, which is not public"),
        ("metadata", "169.254.169.254, which is not public"),
        ("mapped", "::ffff:127.0.0.1, which is not public"),
        ("decimal", "2130706433, which is not public"),
    ],
)
def test_a_redirect_of_an_endpoint_into_this_network_is_refused(
    moved: str, tmp_path: Path, path: str, why: str
) -> None:
    """A harvest is led by redirects to no address that is not public, and does not try again."""
    _Moved.requests.clear()
    with pytest.raises(SourceUnreadable, match=why):
        harvest_pages(
            HarvestRequest(f"{moved}/{path}", _ORDERED), tmp_path, HarvestLimits(), _quiet
        )
    assert {request.partition("?")[0] for request in _Moved.requests} == {f"/{path}"}
    assert path == "round" or len(_Moved.requests) == 1


def test_all_pages_come_from_one_address(
    moved: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that later resolves to another address leads a harvest to the first."""
    port, real = int(moved.rpartition(":")[2]), socket.getaddrinfo
    answers = ["127.0.0.1", "127.0.0.9"]

    def resolve(host: str, *arguments: Any, **options: Any) -> list[Any]:  # noqa: ANN401
        return list(real(answers.pop(0) if host == "city.example" else host, *arguments, **options))

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    request = HarvestRequest(f"http://city.example:{port}/once", _ORDERED)
    harvest_pages(request, tmp_path, HarvestLimits(), _quiet)
    assert answers == ["127.0.0.9"]


@pytest.mark.parametrize("endpoint", ["ftp://city.example/", "http://", "http://[::1/", "sparql"])
def test_what_is_no_url_is_refused(tmp_path: Path, endpoint: str) -> None:
    """An endpoint that is no http or https URL is refused, without an attempt."""
    with pytest.raises(SourceUnreadable, match="Cannot harvest"):
        harvest_pages(HarvestRequest(endpoint, _ORDERED), tmp_path, HarvestLimits(), _quiet)


@pytest.mark.long
def test_a_graph_of_one_installation_is_loaded_into_another(
    serving: Server, bundled: Path, tmp_path: Path, urbansdg: Command
) -> None:
    """`harvest --graph` takes a named graph in pages into one of another name, whole."""
    graph = Path(shutil.copytree(bundled, tmp_path / "graph"))
    iri = "http://localhost:8000/graph/sdg"
    done = urbansdg(
        *("harvest", f"{serving.url}/sparql", "--graph", iri, "--into", "theirs"),
        *("--page", "2000", "--data-dir", graph),
    )
    assert done.returncode == 0, done.stderr
    count = "SELECT (COUNT(*) AS ?n) { GRAPH <http://localhost:8000/graph/%s> { ?s ?p ?o } }"
    ours, theirs = (
        urbansdg("query", "-", "--data-dir", graph, "--format", "csv", stdin=count % name).stdout
        for name in ("sdg", "theirs")
    )
    assert ours == theirs
    assert not list((graph / "harvests").iterdir())
