"""Sources from elsewhere: standard input, addresses, and other endpoints, over real HTTP."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs

import pytest

from urbansdg.cli.exits import Exit
from urbansdg.loaders.fetching import fetched
from urbansdg.loaders.harvest import Harvest, forget, harvested, pages
from urbansdg.problems import SourceUnreadable
from urbansdg.store import GraphStore

Command = Callable[..., subprocess.CompletedProcess[str]]
Answer = tuple[int, dict[str, str], str]
_TURTLE = {"Content-Type": "text/turtle"}
_CITY = """@prefix usdg: <https://w3id.org/urbansdg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<http://localhost:8000/id/city/new> a usdg:City ; skos:prefLabel "New"@en ;
    usdg:country <http://localhost:8000/id/country/KOR> .
"""


@dataclass
class Site:
    """A site that gives the answers it is told to, and keeps what it was asked."""

    url: str = ""
    answer: Callable[[str], Answer] = lambda _asked: (404, {}, "")
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    """Run a site on a free port."""
    told = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(self.path)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(parse_qs(body).get("query", [body])[0])

        def _answer(self, asked: str) -> None:
            told.asked.append(asked)
            status, headers, text = told.answer(asked)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    yield told
    server.shutdown()
    server.server_close()


def test_an_address_is_loaded_and_named_in_the_provenance(
    site: Site, graph: Path, urbansdg: Command
) -> None:
    """What an address gives is loaded by its media type, and the version says where it is from."""
    site.answer = lambda asked: (
        (303, {"Location": "/doc/new"}, "") if asked == "/id/new" else (200, _TURTLE, _CITY)
    )
    done = urbansdg("load", f"{site.url}/id/new", "--data-dir", graph)
    assert (done.returncode, done.stderr) == (Exit.DONE, "")
    source = GraphStore.open(graph).current().graphs["http://localhost:8000/graph/new"].source
    assert (source["name"], source["location"]) == ("new.ttl", f"{site.url}/id/new")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((404, {}, ""), "it answers with 404"),
        ((302, {"Location": "file:///etc/passwd"}, ""), "it is no address of the web"),
        ((302, {"Location": "/again"}, ""), "it sends on more than 5 times"),
    ],
)
def test_an_address_that_gives_no_data_is_refused(
    site: Site, tmp_path: Path, answer: Answer, why: str
) -> None:
    """An error, a redirect out of the web and one without end are told in one sentence."""
    site.answer = lambda _asked: answer
    with pytest.raises(SourceUnreadable, match=why):
        fetched(f"{site.url}/x", tmp_path)


def test_an_address_where_nobody_answers_is_told(tmp_path: Path) -> None:
    """A closed port is told as what it is."""
    with pytest.raises(SourceUnreadable, match="it gave no answer"):
        fetched("http://127.0.0.1:9/x.ttl", tmp_path)


def test_standard_input_is_loaded_as_it_is_said_to_be(graph: Path) -> None:
    """`-` reads standard input in the syntax that is told, and asks for one where none is."""
    command = (sys.executable, "-m", "urbansdg.cli", "load", "-", "--data-dir", str(graph))
    run = {"input": _CITY, "capture_output": True, "text": True, "timeout": 60}
    bare = subprocess.run(command, check=False, env=dict(os.environ), **run)  # type: ignore[call-overload]
    assert bare.returncode == Exit.PROBLEMS_IN_INPUT
    assert "--syntax" in bare.stderr
    told = (*command, "--syntax", "ttl", "--graph", "piped")
    done = subprocess.run(told, check=False, env=dict(os.environ), **run)  # type: ignore[call-overload]
    assert done.stdout.startswith("Loaded piped: ")


def _page(asked: str, size: int, whole: int) -> Answer:
    """Return the page that a query asks for, of so many triples in all."""
    at = int(asked.rpartition(" ")[2])
    lines = (f"<urn:s{n:04}> <urn:p> {n} ." for n in range(at, min(at + size, whole)))
    return 200, _TURTLE, "@prefix x: <urn:x> .\n" + "\n".join(lines)


def _harvest(
    site: Site, tmp_path: Path, query: str = "CONSTRUCT {} WHERE {} ORDER BY ?s"
) -> Harvest:
    return Harvest(f"{site.url}/sparql", query, tmp_path / "harvest", page=10)


def test_a_harvest_goes_in_pages(site: Site, tmp_path: Path) -> None:
    """An ordered query is asked for page by page, until a page is empty."""
    site.answer = lambda asked: _page(asked, 10, 25)
    folder = harvested(_harvest(site, tmp_path))
    assert [query.rpartition("\n")[2] for query in site.asked] == [
        f"LIMIT 10 OFFSET {at}" for at in (0, 10, 20, 30)
    ]
    assert sum(page.read_text().count("<urn:p>") for page in pages(folder)) == 25


def test_a_broken_harvest_goes_on_where_it_broke(site: Site, tmp_path: Path) -> None:
    """What came before a break is kept, and only the rest is asked for."""
    wanted = _harvest(site, tmp_path)
    site.answer = lambda asked: (
        _page(asked, 10, 25) if asked.endswith(" 0") else (404, {}, "gone for a while")
    )
    with pytest.raises(SourceUnreadable, match="page 1 did not come"):
        harvested(wanted)
    site.asked.clear()
    site.answer = lambda asked: _page(asked, 10, 25)
    folder = harvested(wanted)
    assert not any(asked.endswith("OFFSET 0") for asked in site.asked)
    assert sum(page.read_text().count("<urn:p>") for page in pages(folder)) == 25
    site.asked.clear()
    harvested(wanted)
    assert site.asked == []
    forget(wanted)
    assert not folder.exists()


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_endpoint_is_asked_again_when_it_says(
    site: Site, tmp_path: Path, status: int
) -> None:
    """429 and 503 with Retry-After are waited for, and the page is asked for again."""
    busy: Iterator[Answer] = iter([(status, {"Retry-After": "1"}, ""), (status, {}, "")])
    site.answer = lambda asked: next(busy, None) or _page(asked, 10, 5)
    folder = harvested(_harvest(site, tmp_path))
    assert len(site.asked) == 4
    assert sum(page.read_text().count("<urn:p>") for page in pages(folder)) == 5


def test_an_endpoint_that_gives_no_rdf_is_refused(site: Site, tmp_path: Path) -> None:
    """A page of HTML, and a query that is no CONSTRUCT, end the harvest with the reason."""
    site.answer = lambda _asked: (200, {"Content-Type": "text/html"}, "<p>hello")
    with pytest.raises(SourceUnreadable, match="text/html, not with RDF"):
        harvested(_harvest(site, tmp_path))
    with pytest.raises(SourceUnreadable, match="CONSTRUCT"):
        harvested(_harvest(site, tmp_path, "SELECT * {}"))
