"""What is answered over an engine: the same as from a graph on this disk."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import httpx
import pyoxigraph as ox
import pytest

from tests.support.example_questions import asked_of_example
from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.linked_data.document import describe
from urbansdg.endpoint.pages.lists.thing_list import ThingList, kinds_of
from urbansdg.ontology.namespaces import SDGO, USDG
from urbansdg.queries import CompetencyQuestion, questions
from urbansdg.store import GraphStore, RemoteStore, counted

pytestmark = pytest.mark.long  # each question is put to servers of other engines

_ANSWERS = Path(__file__).parents[2] / "queries" / "answers"
_VOLATILE = {"changes_of_versions": {"by", "at", "added"}}
_CANNOT = {
    ("virtuoso", "cities_within_distance"): "Virtuoso 7 has no GeoSPARQL functions",
    ("virtuoso", "policies_in_force"): "the compiler of Virtuoso 7.2.5 gives up (error SQ156)",
}
"""The questions that an engine cannot answer; over it they end as a problem that says so."""

_ORDERED_OTHERWISE = {("virtuoso", "completeness_of_policies")}
"""Virtuoso sorts texts with a language by their letters alone, where SPARQL leaves it open."""


class Engine(Protocol):
    """An engine at work."""

    name: str


class Served(Protocol):
    """A server over an engine."""

    @property
    def engine(self) -> Engine:
        """The engine."""

    @property
    def url(self) -> str:
        """Where the server answers."""

    def get(self, path: str, **params: str) -> httpx.Response:
        """Ask for a path."""

    def query(self, text: str, accept: str = "text/csv") -> httpx.Response:
        """Ask a query."""


class Installed(Protocol):
    """An engine that can be opened."""


Opened = Callable[[Installed, Path], RemoteStore]
_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_BOOLEAN = ox.NamedNode("http://www.w3.org/2001/XMLSchema#boolean")
_SEOUL = "/doc/city/1835848"


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.name)
def test_a_question_has_the_same_answer_over_an_engine(
    served: Served, question: CompetencyQuestion
) -> None:
    """Over any engine a question has the answer that it has on the graph on this disk."""
    case = served.engine.name, question.name
    answer = served.query(asked_of_example(question))
    if case in _CANNOT:
        assert answer.status_code == 400
        assert "the engine that holds the graph says" in answer.json()["detail"]
        return
    assert answer.status_code == 200, answer.text
    left_out = _VOLATILE.get(question.name, set())
    rows = [
        {column: value for column, value in row.items() if column not in left_out}
        for row in csv.DictReader(io.StringIO(answer.text))
    ]
    golden = (_ANSWERS / f"{question.name}.csv").read_text("utf-8")
    expected = list(csv.DictReader(io.StringIO(golden)))
    if case in _ORDERED_OTHERWISE:
        rows, expected = (
            sorted(rows, key=lambda row: sorted(row.items())) for rows in (rows, expected)
        )
    assert rows == expected


@pytest.mark.parametrize(
    "query",
    [
        "BASE <http://localhost:8000/id/> SELECT ?type { <city/1835848> a ?type }",
        "# a\nBASE <u:b> BASE <http://localhost:8000/id/> SELECT ?type { <city/1835848> a ?type }",
        "PREFIX c: <id/city/> BASE <http://no.org/> SELECT ?type { c:1835848 a ?type }",
        "BASE <id/x> BASE <city/> SELECT ?type { <1835848> a ?type }",
        "PREFIXc:<id/city/>BASE<graph/>SELECT ?type FROM <cities> { c:1835848 a ?type }",
    ],
)
def test_a_query_may_have_its_own_base_over_an_engine(served: Served, query: str) -> None:
    """A query has any number of BASE and relative prefixes, whatever an engine takes of them."""
    answer = served.query(query)
    assert answer.status_code == 200, answer.text
    assert str(USDG.City) in answer.text.split()


def test_a_document_says_the_same_over_an_engine(served: Served, bundled: Path) -> None:
    """A document over an engine has the statements that it has on this disk, names too."""
    graph = GraphStore.open(bundled)
    document = describe(graph.read(graph.current()), f"{graph.base}/id/city/1835848")
    assert document is not None
    content = served.get(f"{_SEOUL}.nt").content
    triples_there = {quad.triple for quad in ox.parse(content, format=ox.RdfFormat.N_TRIPLES)}
    assert {_plain(triple) for triple in document.triples()} <= {
        _plain(triple) for triple in triples_there
    }
    assert served.get("/id/city/1835848").status_code == 303


@pytest.mark.parametrize(
    "name", ["policy/1835848-bus-reform-2004", "city/1835848", "policy/1279233-heat-action-plan"]
)
def test_each_part_of_a_document_is_the_same(
    engine: Installed, opened: Opened, bundled: Path, tmp_path: Path, name: str
) -> None:
    """What stands in a document, beside it and on it has the statements that it has here."""
    graph, store = GraphStore.open(bundled), opened(engine, tmp_path / "data")
    iri = f"{graph.base}/id/{name}"
    expected = describe(graph.read(graph.current()), iri)
    document_there = describe(store.view(store.newest_whole()), iri)
    assert expected is not None
    assert document_there is not None
    for part in ("own", "incoming", "briefs", "rights", "names"):
        parts = (
            set(map(_plain, getattr(document, part))) for document in (expected, document_there)
        )
        assert next(parts) == next(parts), part
    assert expected.beside.keys() == document_there.beside.keys()


def test_a_list_has_the_same_lines_over_an_engine(
    engine: Installed, opened: Opened, bundled: Path, tmp_path: Path
) -> None:
    """The lines of lists say of each thing what they say of it on this disk."""
    graph, store = GraphStore.open(bundled), opened(engine, tmp_path / "data")
    here = graph.read(graph.current())
    there = store.view(store.newest_whole())
    kinds = (USDG.Policy, USDG.City, SDGO.Goal)
    assert counted(there, [ox.NamedNode(str(kind)) for kind in kinds]) == counted(
        here, [ox.NamedNode(str(kind)) for kind in kinds]
    )
    iris = sorted(
        quad.subject.value
        for kind in kinds
        for quad in here.quads_for_pattern(None, _TYPE, ox.NamedNode(str(kind)))
        if isinstance(quad.subject, ox.NamedNode)
    )
    site = SiteLinks(graph.base, LanguagePreference(query_language="ko"), "/policies", ())
    lines, expected = ThingList.of(there, site, iris), ThingList.of(here, site, iris)
    for iri in iris:
        assert lines.line(iri) == expected.line(iri)
        assert lines.short(iri) == expected.short(iri)
    kinds_there = kinds_of(there, iris)
    assert {iri: sorted(kinds) for iri, kinds in kinds_there.items()} == {
        iri: sorted(kinds) for iri, kinds in kinds_of(here, iris).items()
    }


def test_a_document_names_the_graphs_of_its_statements(served: Served) -> None:
    """With the names of graphs, a document has the statements that it has without."""
    quads = ox.parse(served.get(f"{_SEOUL}.trig").content, format=ox.RdfFormat.TRIG)
    triples = ox.parse(served.get(f"{_SEOUL}.nt").content, format=ox.RdfFormat.N_TRIPLES)
    quads_there = list(quads)
    assert {quad.triple for quad in quads_there} == {quad.triple for quad in triples}
    city = ox.NamedNode("http://localhost:8000/id/city/1835848")
    graphs = {quad.graph_name for quad in quads_there if quad.subject == city}
    assert graphs == {ox.NamedNode("http://localhost:8000/graph/cities")}


def _plain(triple: ox.Triple) -> tuple[str, str, str]:
    """Return a triple without the digits of a geometry: Virtuoso has them in single precision."""
    value = "POINT" if "POINT" in str(triple.object) else str(triple.object)
    return str(triple.subject), str(triple.predicate), value


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", "Urban SDG"),
        (f"{_SEOUL}.html", "Seoul"),
        ("/describe?uri=http://metadata.un.org/sdg/11", "SDG"),
        ("/policies", "Cheonggyecheon"),
        ("/policies?goal=http://metadata.un.org/sdg/11", "Cheonggyecheon"),
        ("/policies?country=KR&period=2000s&goal=6,11&language=en", "Cheonggyecheon"),
        ("/policies.csv?city=1835848", "Cheonggyecheon restoration,en,Seoul"),
        ("/themes", "Water"),
        ("/search?q=cheonggyecheon", "Cheonggyecheon"),
        ("/mentions?uri=http://metadata.un.org/sdg/11", "Cheonggyecheon"),
        ("/graph/cities", "cities"),
        ("/graphs?graph=http://localhost:8000/graph/cities", "1835848"),
        ("/dataset.ttl", "void:triples"),
        ("/dumps/1/all.nq.gz", ""),
        ("/linkset/doc/city/1835848.json", "cite-as"),
        ("/ready", '"tier":"engine"'),
    ],
)
def test_a_page_is_there_over_an_engine(served: Served, path: str, text: str) -> None:
    """The pages of things, graphs and the dataset are made from what the engine has."""
    answer = served.get(path)
    assert answer.status_code == 200
    if text:
        assert text in answer.text


@pytest.mark.parametrize("path", ["/doc/city/none", "/id/city/none", "/describe?uri=urn:none"])
def test_what_the_engine_has_not_is_not_found(served: Served, path: str) -> None:
    """A thing of which the engine says nothing is answered with 404."""
    assert served.get(path).status_code == 404


@pytest.mark.parametrize(
    ("form", "parsed"),
    [
        ("application/sparql-results+json", ox.QueryResultsFormat.JSON),
        ("application/sparql-results+xml", ox.QueryResultsFormat.XML),
        ("text/tab-separated-values", ox.QueryResultsFormat.TSV),
    ],
)
def test_a_table_comes_in_every_format(
    served: Served, form: str, parsed: ox.QueryResultsFormat
) -> None:
    """A table comes in each format, the terms as they were written."""
    rows = """SELECT ?o WHERE { VALUES ?s { <http://metadata.un.org/sdg/C010502> }
              ?s <http://www.w3.org/2002/07/owl#deprecated> ?o }"""
    answer = served.query(rows, form)
    assert answer.headers["content-type"].partition(";")[0] == form
    solutions = ox.parse_query_results(answer.content, format=parsed)
    assert isinstance(solutions, ox.QuerySolutions)
    assert [row["o"] for row in solutions] == [ox.Literal("true", datatype=_BOOLEAN)]
    yes = ox.parse_query_results(served.query("ASK { ?s ?p ?o }", form).content, format=parsed)
    assert parsed == ox.QueryResultsFormat.TSV or bool(yes)


@pytest.mark.parametrize("form", ["text/turtle", "application/rdf+xml", "application/ld+json"])
def test_a_graph_comes_in_every_format(served: Served, form: str) -> None:
    """A graph comes in each format of RDF, whatever the engine can write."""
    query = "CONSTRUCT WHERE { <http://metadata.un.org/sdg/11> ?p ?o }"
    parsed = ox.RdfFormat.from_media_type(form)
    assert parsed is not None
    written = served.query(query, form)
    plain = served.query(query, "application/n-triples")
    counts, expected = (
        Counter(ox.parse(content, format=form))
        for content, form in (
            (written.content, parsed),
            (plain.content, ox.RdfFormat.N_TRIPLES),
        )
    )
    assert counts == expected
    assert counts


@pytest.mark.parametrize(
    ("query", "accept", "status", "text"),
    [
        ("SELECT * WHERE {\n ?s ?p }", "text/csv", 400, '"line": 2'),
        ("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", "text/csv", 403, "SERVICE"),
        ("SELECT * { ?s ?p ?o }", "image/png", 406, "allows no format"),
        ("INSERT DATA { <urn:a> <urn:b> 1 }", "text/csv", 400, "SPARQL"),
    ],
)
def test_a_query_is_checked_before_the_engine_has_it(
    served: Served, query: str, accept: str, status: int, text: str
) -> None:
    """Mistakes, SERVICE and unknown formats are answered as on this disk, with line and column."""
    answer = served.query(query, accept)
    assert answer.status_code == status
    assert text in answer.text


def test_the_default_graph_is_the_union_unless_one_is_named(served: Served, bundled: Path) -> None:
    """The default graph is the union of our graphs alone; FROM and the protocol's name others."""
    here = GraphStore.open(bundled).current()
    count = "SELECT (COUNT(*) AS ?n) {} {{ ?s ?p ?o }}"
    cities = "http://localhost:8000/graph/cities"
    of_cities = str(here.graphs[cities].triples)
    assert served.query(count.format("")).text.split() == ["n", str(here.triples)]
    assert served.query(count.format(f"FROM <{cities}>")).text.split() == ["n", of_cities]
    answer = served.get("/sparql", query=count.format(""), **{"default-graph-uri": cities})
    assert of_cities in answer.text
    named = served.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }").text.split()[1:]
    assert {*named} == {*here.graphs}


def test_an_answer_that_virtuoso_cuts_is_refused(served: Served) -> None:
    """Where an engine stops at a number of rows, the answer is refused, never given as whole."""
    queries = "SELECT * { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"
    table, graph = "text/csv", "application/n-triples"
    if served.engine.name != "virtuoso":
        assert served.query(queries[0], table).text.count("\n") > 8_000
        assert served.query(queries[1], graph).status_code == 200
        return
    refused = served.query(queries[0], table)
    assert refused.status_code == 503
    assert "8000" in refused.json()["detail"]
    with pytest.raises(httpx.RemoteProtocolError):  # the first bytes are out: it is cut
        served.query(queries[1], graph)


def test_the_description_tells_what_an_engine_cannot_give(served: Served) -> None:
    """The description of the service says where the graph is, and what is not there for that."""
    description = served.get("/sparql").text
    assert "keeps no older" in description
    assert "extensionFunction" not in description
    assert "sd:UnionDefaultGraph" in description
    assert "EmptyGraphs" not in description


def test_another_version_is_not_there(served: Served) -> None:
    """An older version is gone, one that never was is 404, and what is made from them is 501."""
    assert served.get("/sparql", query="ASK {}", version="0").status_code == 410
    assert served.get("/sparql", query="ASK {}", version="999").status_code == 404
    for path in ("/feed.atom", "/events", "/memento/0/doc/city/1", "/sitemap.xml"):
        answer = served.get(path)
        assert answer.status_code == 501
        assert "keeps no versions" in answer.json()["detail"]
    assert served.get("/fragments").status_code == 501
    refused = httpx.post(f"{served.url}/permanent-link", data={"path": "/doc/city/1"})
    assert refused.status_code == 501
