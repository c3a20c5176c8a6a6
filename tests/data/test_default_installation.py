"""Nothing that is invented is in a default installation; the example says that it is invented."""

import gzip
import re
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pyoxigraph as ox
import pytest

from tests.support.command import Command
from tests.support.server import Start, http_client
from urbansdg.ontology.iris import is_fictitious
from urbansdg.store import GraphStore

_FICTITIOUS = ox.NamedNode("https://w3id.org/urbansdg/ontology#fictitious")
_ONTOLOGY = "http://localhost:8000/graph/ontology"
"""The graph of the definitions of terms, whose examples of use name the example city."""
_INVENTED = re.compile(
    r"Haneul|\bBada\b|Cities at Night|\(fictitious\)|[/-]example-[a-z]|\.example/"
)
"""The names, keys and sites of the example."""
_PAGES = (
    *("/cities", "/policies", "/organisations", "/networks", "/countries", "/themes"),
    *("/goals", "/doc/country/KOR.html", "/doc/region/KR-46.html", "/feed.atom"),
    pytest.param("/dataset", marks=pytest.mark.long),
)


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory, urbansdg: Command) -> Path:
    """Return the data directory of a default installation, made by `urbansdg init`."""
    folder = tmp_path_factory.mktemp("default") / "graph"
    done = urbansdg("init", "--data-dir", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def client(default: Path, serve: Start) -> Iterator[httpx.Client]:
    """Return a client of a default installation."""
    with serve(default) as running, http_client(running.url) as client:
        yield client


def _quads(folder: Path) -> Iterator[ox.Quad]:
    store = GraphStore.open(folder)
    return iter(store.read(store.current()))


def test_a_default_installation_has_the_graphs_of_the_real_data(default: Path) -> None:
    """The first version has a graph for each source of the real data, and its own description."""
    store = GraphStore.open(default)
    names = {graph.rpartition("/")[2] for graph in store.current().graphs}
    assert store.current_number() == 1
    assert names == {"ontology", "sdg", "countries", "cities", "policies", "versions"}


def test_no_statement_of_a_default_installation_is_on_an_invented_thing(default: Path) -> None:
    """No statement is marked as fictitious or has a name, a key or a site of the example."""
    invented = [
        quad
        for quad in _quads(default)
        if quad.graph_name != ox.NamedNode(_ONTOLOGY)
        and (quad.predicate == _FICTITIOUS or _INVENTED.search(str(quad.triple)))
    ]
    assert invented == []


@pytest.mark.parametrize("path", _PAGES)
def test_no_page_of_a_default_installation_names_the_example(
    client: httpx.Client, path: str
) -> None:
    """No list, map, feed, service description or start page has a name of the example."""
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == 200
    assert _INVENTED.findall(answer.text) == []


@pytest.mark.parametrize("word", ["Haneul", "Bada", "fictitious"])
def test_a_search_for_the_example_is_empty_by_default(client: httpx.Client, word: str) -> None:
    """A search for a name of the example leads to no thing of the installation."""
    answer = client.get("/search", params={"q": word}, headers={"accept": "text/html"})
    assert answer.status_code == 200
    assert re.findall(r'href="[^"]*/(?:doc|id)/[^"]*"', answer.text) == []


def test_the_sitemap_and_the_dump_have_nothing_invented(client: httpx.Client) -> None:
    """No address of the sitemap and no line of the dump is on a thing of the example."""
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
    index = ET.fromstring(client.get("/sitemap.xml").content)
    parts = [str(part.text).removeprefix("http://localhost:8000") for part in index.iter(space)]
    assert parts
    assert [part for part in parts if _INVENTED.search(client.get(part).text)] == []
    deadline = time.monotonic() + 60
    while (dump := client.get("/dumps/1/all.nq.gz")).status_code == 503:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    lines = gzip.decompress(dump.content).decode().splitlines()
    real = [line for line in lines if not line.endswith(f"<{_ONTOLOGY}> .")]
    assert len(real) > 10_000
    assert [line for line in real if _INVENTED.search(line)] == []


def test_each_thing_of_the_example_is_marked(bundled: Path) -> None:
    """Every subject of the example's graph is `usdg:fictitious true`, and no other subject is."""
    example = ox.NamedNode("http://localhost:8000/graph/example")
    subjects = {quad.subject for quad in _quads(bundled) if quad.graph_name == example}
    marked = {quad.subject for quad in _quads(bundled) if quad.predicate == _FICTITIOUS}
    assert len(subjects) > 80
    assert subjects == marked


@pytest.mark.parametrize(
    ("iri", "expected"),
    [
        ("http://localhost:8000/id/policy/example-haneul-night-buses", True),
        ("https://sdg.example/graphs/id/city/example-bada/geometry", True),
        ("http://localhost:8000/id/policy/2988507-velo/budget/example-1", False),
        ("http://localhost:8000/graph/example-data", False),
    ],
)
def test_an_iri_says_whether_its_thing_is_invented(iri: str, *, expected: bool) -> None:
    """A key with the prefix of the example marks a thing and its parts, on any base URI."""
    assert is_fictitious(iri) is expected
