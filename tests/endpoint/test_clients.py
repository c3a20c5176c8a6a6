"""The clients that people use, against the running server."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING
from xml.dom.minidom import Document

import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, GET, JSON, JSONLD, N3, POST, RDFXML, TSV, TURTLE, XML, SPARQLWrapper

if TYPE_CHECKING:
    from urbansdg.tests.endpoint.conftest import Server

_NAMES = "SELECT ?name { ?thing <http://example.org/name> ?name } ORDER BY ?name"
_CONSTRUCT = "CONSTRUCT WHERE { ?thing <http://example.org/name> ?name }"


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
