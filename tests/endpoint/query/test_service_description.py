"""The Service Description, held against what the service does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
import rdflib
from pyoxigraph import QuerySolutions, Store

from urbansdg.ontology.graph_precedence import precedence
from urbansdg.sparql.extension_functions import FUNCTIONS

if TYPE_CHECKING:
    from tests.support.server import Server

_SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
_TRIPLES = rdflib.URIRef("http://rdfs.org/ns/void#triples")
_PRECEDENCE = rdflib.URIRef("https://w3id.org/urbansdg/ontology#precedence")
_SIZES = "SELECT ?graph (COUNT(*) AS ?size) { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph"


@pytest.fixture(scope="module")
def described(server: Server) -> rdflib.Graph:
    """Return the description of a server."""
    answer = httpx.get(server.sparql, headers={"Accept": "application/n-triples"})
    return rdflib.Graph().parse(data=answer.content, format="nt")


def test_the_size_of_each_graph_is_described(server: Server, described: rdflib.Graph) -> None:
    """Each named graph is described with as many triples as a query counts."""
    rows = server.ask(_SIZES).json()["results"]["bindings"]
    sizes = {
        str(described.value(named, _SD.name)): str(
            described.value(described.value(named, _SD.graph), _TRIPLES)
        )
        for named in described.objects(None, _SD.namedGraph)
    }
    assert sizes == {row["graph"]["value"]: row["size"]["value"] for row in rows}


def test_the_order_of_the_graphs_is_described(described: rdflib.Graph) -> None:
    """Each named graph has its place in the order in which pages prefer sources."""
    names = {
        str(name)
        for named in described.objects(None, _SD.namedGraph)
        for name in described.objects(named, _SD.name)
    }
    places = {str(graph): int(str(place)) for graph, place in described[:_PRECEDENCE:]}
    assert places == {name: precedence(name) for name in names}


def test_updates_are_described(described: rdflib.Graph) -> None:
    """A service that takes updates says so, with the formats that it reads."""
    assert (None, _SD.supportedLanguage, _SD.SPARQL11Update) in described
    assert len(set(described.objects(None, _SD.inputFormat))) == 6


def _is_known(function: str) -> bool:
    """Tell whether the engine has a function: of another it says so when it is called."""
    try:
        rows = Store().query(f"SELECT (<{function}>('x') AS ?value) {{}}")
        assert isinstance(rows, QuerySolutions)
        list(rows)
    except (RuntimeError, ValueError, OSError) as error:
        return "custom function" not in str(error)
    return True


def test_the_functions_described_are_those_of_the_engine(described: rdflib.Graph) -> None:
    """Each function that is described can be called, and its neighbours cannot."""
    functions = {str(function) for function in described.objects(None, _SD.extensionFunction)}
    assert functions == set(FUNCTIONS)
    assert [function for function in FUNCTIONS if not _is_known(function)] == []
    assert not _is_known("http://www.opengis.net/def/function/geosparql/buffer")
