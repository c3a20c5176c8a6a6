"""Properties that RDF/XML cannot name: 406 with the property, and other formats answer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pyoxigraph as ox
import pytest
import rdflib

from tests.support.server import await_counts, http_client
from urbansdg.ontology.media_types import GRAPHS
from urbansdg.ontology.namespaces import RDF
from urbansdg.ontology.rdf_xml_names import has_name
from urbansdg.store import Tokens

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.server import Start

_BASE = "http://localhost:8000"
_XML = {"accept": "application/rdf+xml"}
_NAMELESS = (
    *("http://ex.org/vocab/123", "http://ex.org/vocab/", "http://ex.org/vocab#"),
    *("http://e/?p=1", f"{RDF}li", f"{RDF}Description"),
)
_NAMED = (
    "urn:p",
    "mailto:x",
    "tag:a@b,2020:x",
    "data:,x",
    "urn:x:p",
    "http://e/1a",
    "http://e/été",
)


@pytest.mark.parametrize("iri", [*_NAMELESS, *_NAMED])
def test_a_property_has_a_name_where_xml_can_be_read_back(iri: str) -> None:
    """What is said to have a name is written as XML that two parsers read back; the rest is not."""
    assert has_name(iri) == (iri in _NAMED)
    if iri in _NAMED:
        triple = ox.Triple(ox.NamedNode("http://e/s"), ox.NamedNode(iri), ox.Literal("v"))
        written = ox.serialize([triple], format=ox.RdfFormat.RDF_XML)
        assert written
        assert {str(p) for p in rdflib.Graph().parse(data=written, format="xml").predicates()} == {
            iri
        }
        assert [quad.triple for quad in ox.parse(written, format=ox.RdfFormat.RDF_XML)] == [triple]


@pytest.fixture(scope="module")
def client(
    bundled: Path, tmp_path_factory: pytest.TempPathFactory, launched: Start
) -> Iterator[httpx.Client]:
    """Return a client of a server whose graph has properties and a class that have no name."""
    folder = tmp_path_factory.mktemp("names")
    shutil.copytree(bundled, folder / "graph")
    secret = Tokens(folder / "graph").create("tests")
    with (
        launched(folder / "graph", folder / "log", base=_BASE) as server,
        http_client(server.url) as client,
    ):
        client.headers["authorization"] = f"Bearer {secret}"
        graphs = {
            str(number): f"<http://e/{number}> <{iri}> 'v'"
            for number, iri in enumerate((*_NAMELESS, *_NAMED))
        }
        graphs["urn-class"] = "<http://e/urn> a <urn:C>"
        graphs["class"] = "<http://e/typed> a <http://e/class/1>"
        quads = (f"GRAPH <urn:graph:{name}> {{ {text} }}" for name, text in graphs.items())
        kind = {"content-type": "application/sparql-update"}
        update = f"INSERT DATA {{ {' '.join(quads)} }}"
        client.post("/sparql", content=update, headers=kind).raise_for_status()
        yield client


def _put(client: httpx.Client, graph: str, turtle: str) -> None:
    kind = {"content-type": "text/turtle"}
    client.put("/graphs", params={"graph": graph}, content=turtle, headers=kind).raise_for_status()


def _addresses(subject: str, graph: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield every address that answers with the triples of a graph, with its parameters."""
    yield "/graphs", {"graph": graph}
    yield "/describe", {"uri": subject}
    yield "/fragments", {"subject": subject}
    yield "/sparql", {"query": f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"}
    yield "/sparql", {"query": f"DESCRIBE <{subject}>"}


@pytest.mark.parametrize("iri", [*_NAMELESS, "http://e/class/1"])
def test_rdf_xml_without_a_name_is_406(client: httpx.Client, iri: str) -> None:
    """Where RDF/XML is asked for and has no name for a property, the answer is 406 and names it."""
    key = "class" if iri == "http://e/class/1" else str(_NAMELESS.index(iri))
    subject = "http://e/typed" if key == "class" else f"http://e/{key}"
    for address, parameters in _addresses(subject, f"urn:graph:{key}"):
        answer = client.get(address, params=parameters, headers=_XML)
        assert answer.status_code == 406, (address, answer.text)
        problem = answer.json()
        assert (problem["code"], problem["value"]) == ("not-acceptable", iri)
        assert f"<{iri}>" in problem["detail"]
        turtle = client.get(address, params=parameters, headers={"accept": "text/turtle"})
        assert turtle.status_code == 200
        rdflib.Graph().parse(data=turtle.content, format="turtle")


@pytest.mark.parametrize("number", range(len(_NAMED)))
def test_rdf_xml_with_a_name_is_answered(client: httpx.Client, number: int) -> None:
    """A property that is a URN, or in another scheme, is answered in RDF/XML that parses."""
    key = number + len(_NAMELESS)
    for address, parameters in _addresses(f"http://e/{key}", f"urn:graph:{key}"):
        answer = client.get(address, params=parameters, headers=_XML)
        assert answer.status_code == 200, (address, answer.text)
        graph = rdflib.Graph().parse(data=answer.content, format="xml")
        assert rdflib.URIRef(_NAMED[number]) in set(graph.predicates())


@pytest.mark.parametrize("address", ["/dataset", "/.well-known/void"])
@pytest.mark.parametrize("form", ["text/html", *(form.media_type for form in GRAPHS)])
def test_the_dataset_is_described_whatever_its_properties(
    client: httpx.Client, address: str, form: str
) -> None:
    """A property of any scheme leaves the description of the dataset as it is: 200, and valid."""
    await_counts(client)
    answer = client.get(address, headers={"accept": form}, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    if form != "text/html":
        syntax = ox.RdfFormat.from_media_type(form)
        quads = list(ox.parse(answer.content, format=syntax))
        values = {quad.object.value for quad in quads if isinstance(quad.object, ox.NamedNode)}
        assert values >= {*_NAMED, "urn:C"}
        spaces = [quad.object for quad in quads if quad.predicate.value.endswith("#vocabulary")]
        assert spaces


@pytest.mark.long
def test_a_long_answer_without_a_name_is_406(client: httpx.Client) -> None:
    """A property without a name that comes after a megabyte of RDF/XML is 406 too."""
    lines = "".join(f"<http://e/long/{n:05}> <urn:p> '{'x' * 100}' .\n" for n in range(12_000))
    _put(client, "urn:graph:long", f"{lines}<http://e/long/zzz> <http://e/9> 'v' .")
    query = "CONSTRUCT { ?s ?p ?o } { GRAPH <urn:graph:long> { ?s ?p ?o } } ORDER BY ?s"
    answer = client.get("/sparql", params={"query": query}, headers=_XML)
    assert (answer.status_code, answer.json()["value"]) == (406, "http://e/9")
