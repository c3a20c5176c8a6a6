"""A default installation, on another base URI than the tests use elsewhere.

Nothing that is invented is in it, and each bundled question has an answer there or says why not.
"""

import csv
import gzip
import html
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pyoxigraph as ox
import pytest
import rdflib

from tests.support.command import Command, make_catalogue_of
from tests.support.server import Start, http_client
from urbansdg.ontology.iris import is_fictitious
from urbansdg.public_api import open_graph
from urbansdg.queries import questions
from urbansdg.shapes import validate_store
from urbansdg.store import GraphStore

pytestmark = pytest.mark.long  # a default installation is made

_FICTITIOUS = ox.NamedNode("https://w3id.org/urbansdg/ontology#fictitious")
_BASE = "https://data.example.org/graphs"
_INVENTED = re.compile(
    r"Haneul|\bBada\b|Cities at Night|\(fictitious\)|[/-]example-[a-z]|\.example/"
)
"""The names, keys and sites of the example."""
_QUESTIONS = questions()
_PAGES = (
    *(
        "/",
        "/sparql",
        "/cities",
        "/policies",
        "/organisations",
        "/networks",
        "/countries",
        "/themes",
    ),
    *("/goals", "/doc/country/KOR.html", "/doc/region/KR-46.html", "/feed.atom"),
    pytest.param("/dataset", marks=pytest.mark.long),
)


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory, urbansdg: Command) -> Path:
    """Return the data directory of a default installation, made by `urbansdg init`."""
    folder = tmp_path_factory.mktemp("default") / "graph"
    done = urbansdg("init", "--data-dir", folder, "--base", _BASE)
    assert done.returncode == 0, done.stderr
    make_catalogue_of(folder, 1)
    return folder


@pytest.fixture(scope="module")
def client(default: Path, serve: Start) -> Iterator[httpx.Client]:
    """Return a client of a default installation."""
    with serve(default, base=_BASE) as running, http_client(running.url) as client:
        running.index()
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
        if quad.predicate == _FICTITIOUS or _INVENTED.search(str(quad.triple))
    ]
    assert invented == []


@pytest.mark.long
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
    assert re.findall(r'href="[^"]*/(?:doc|id)/[^"]*example-[^"]*"', answer.text) == []


def test_the_sitemap_and_the_dump_have_nothing_invented(client: httpx.Client) -> None:
    """No address of the sitemap and no line of the dump is on a thing of the example."""
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
    index = ET.fromstring(client.get("/sitemap.xml").content)
    parts = [str(part.text).removeprefix(_BASE) for part in index.iter(space)]
    assert parts
    assert [part for part in parts if _INVENTED.search(client.get(part).text)] == []
    deadline = time.monotonic() + 60
    while (dump := client.get("/dumps/1/all.nq.gz")).status_code == 503:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    lines = gzip.decompress(dump.content).decode().splitlines()
    assert len(lines) > 10_000
    assert [line for line in lines if _INVENTED.search(line)] == []


def test_each_warning_on_the_real_data_is_listed_with_its_reason(default: Path, root: Path) -> None:
    """The warnings by `recommended` are those of `data/known_gaps.csv`, and no others."""
    store = GraphStore.open(default)
    report = validate_store(store.read(store.current()), "recommended")
    with (root / "data" / "known_gaps.csv").open(encoding="utf-8", newline="") as table:
        gaps = list(csv.DictReader(table))
    assert Counter(problem.code for problem in report.problems) == {
        row["code"]: int(row["count"]) for row in gaps
    }
    assert all(row["reason"].endswith(".") for row in gaps)


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


def _examples(client: httpx.Client) -> dict[str, str]:
    """Return the queries of the service description by their words."""
    answer = client.get("/sparql", headers={"accept": "application/n-triples"})
    graph = rdflib.Graph().parse(data=answer.content, format="nt")
    return {
        str(graph.value(example, rdflib.RDFS.comment)): str(query)
        for example, query in graph.subject_objects(rdflib.SH.select)
    }


def test_each_example_of_the_service_description_is_answered(client: httpx.Client) -> None:
    """On any base URI the examples of the service have answers, as their headers say."""
    examples = _examples(client)
    assert examples.keys() == {question.words for question in _QUESTIONS}
    empty = {words for words, query in examples.items() if not _rows(client, query)}
    assert empty == {question.words for question in _QUESTIONS if question.missing}


def _rows(client: httpx.Client, query: str) -> list[str]:
    answer = client.post("/sparql", data={"query": query}, headers={"accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    return answer.text.splitlines()[1:]


def test_each_file_of_a_question_is_answered_as_its_header_says(default: Path) -> None:
    """A query as its file has it is answered by the API, or its header names what is missing."""
    with open_graph(default) as graph:
        empty = {question.name for question in _QUESTIONS if not graph.query(question.text)}
    assert empty == {question.name for question in _QUESTIONS if question.missing}


def test_the_command_answers_the_file_of_a_question(
    default: Path, root: Path, urbansdg: Command
) -> None:
    """`urbansdg query FILE` resolves the IRIs of a file against the base URI of the graph."""
    done = urbansdg("query", root / "queries" / "policies_of_network.rq", "--data-dir", default)
    assert len(done.stdout.splitlines()) > 2


def test_the_start_page_leads_to_each_question(client: httpx.Client) -> None:
    """The start page has a link to the page of each question, which has its answer."""
    page = html.unescape(client.get("/", headers={"accept": "text/html"}).text)
    missing = [it.name for it in _QUESTIONS if f'/questions/{it.name}"' not in page]
    assert missing == []
