"""Compact JSON-LD: it says the triples that it was made from, and nothing else."""

import json

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.endpoint.linked_data.jsonld_compaction import compacted, own_writer
from urbansdg.endpoint.linked_data.jsonld_writer import Ambiguous, JsonLdWriter
from urbansdg.endpoint.linked_data.schema_org import WRITER
from urbansdg.ontology.namespaces import PREFIXES

_BASE = "http://localhost:8000"
_KINDS = ("string", "integer", "double", "boolean", "date", "gYear", "decimal")
_LITERALS = st.builds(
    lambda text, kind: (
        ox.Literal(text, datatype=ox.NamedNode(PREFIXES["xsd"] + kind))
        if kind in _KINDS
        else ox.Literal(text, language=kind)
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    st.sampled_from(["en", "ko", "zh-Hant", *_KINDS]),
)
_PLAIN_IRIS = (
    *(f"{_BASE}/id/a", f"{_BASE}/id/a/b", "urn:x", "tel:+1", "mailto:a@b.example", "a:b"),
    *(f"{PREFIXES[name]}{local}" for name in ("sdg", "schema", "usdg") for local in ("1", "", "x")),
    *(f"{PREFIXES['usdg']}Policy", f"{PREFIXES['schema']}Service", f"{PREFIXES['org']}Membership"),
)
_IRIS = st.sampled_from(_PLAIN_IRIS).map(ox.NamedNode)
_ODD_IRIS = st.sampled_from(
    [
        *("geo:1,2", "schema:x", "id:x", "usdg://x", "type:"),
        *(f"{PREFIXES['sdg']}//x", f"{PREFIXES['schema']}a:b", f"{PREFIXES['schema']}@id"),
        *(f"{PREFIXES['schema']}id", f"{PREFIXES['schema']}name/x#y", f"{PREFIXES['usdg']}@type"),
    ]
).map(ox.NamedNode)
_NAMES = st.sampled_from(
    [
        *("dcterms:title", "dcterms:source", "usdg:amount", "rdf:value", "rdf:type", "geo:lat"),
        *("dcterms:issued", "usdg:leadCity", "schema:name", "skos:prefLabel", "foaf:name"),
    ]
).map(lambda name: ox.NamedNode(PREFIXES[name.partition(":")[0]] + name.partition(":")[2]))
_WRITERS = [own_writer(), WRITER]


def _triples_of(body: bytes) -> set[ox.Triple]:
    return {quad.triple for quad in ox.parse(body, format=ox.RdfFormat.JSON_LD)}


@pytest.mark.parametrize("writer", _WRITERS)
@given(triples=st.sets(st.builds(ox.Triple, _IRIS, _NAMES | _IRIS, _LITERALS | _IRIS), max_size=9))
def test_the_writer_loses_nothing(writer: JsonLdWriter, triples: set[ox.Triple]) -> None:
    """The direct writer writes ordinary triples, and a parser reads the same ones."""
    body = writer.write(triples)
    assert _triples_of(body) == triples
    assert writer.write(sorted(triples, key=str)) == body


@pytest.mark.parametrize("writer", _WRITERS)
@given(
    triples=st.sets(
        st.builds(ox.Triple, _IRIS | _ODD_IRIS, _NAMES | _ODD_IRIS, _LITERALS | _IRIS | _ODD_IRIS),
        max_size=6,
    )
)
def test_what_a_parser_would_misread_is_written_in_another_way(
    writer: JsonLdWriter, triples: set[ox.Triple]
) -> None:
    """IRIs whose schemes are prefixes, or that look like terms, survive."""
    assert _triples_of(compacted(triples, writer)) == triples
    try:
        body = writer.write(triples)
    except Ambiguous:
        return
    assert _triples_of(body) == triples


def test_the_topic_comes_first_and_blank_nodes_are_nested() -> None:
    """The node of the topic is the first; blank nodes and lists go through the converter."""
    about, other = ox.NamedNode(f"{_BASE}/id/z"), ox.NamedNode(f"{_BASE}/id/a")
    title = ox.NamedNode(f"{PREFIXES['dcterms']}title")
    triples = [ox.Triple(node, title, ox.Literal("x", language="en")) for node in (other, about)]
    document = json.loads(compacted(triples, own_writer(), about.value))
    assert [node["id"] for node in document["@graph"]] == [about.value, other.value]
    assert document["@graph"][0]["title"] == {"en": "x"}
    assert set(document["@context"]) == {"id", "type", "title"}
    blank = [*triples, ox.Triple(about, ox.NamedNode("urn:p"), ox.BlankNode("b"))]
    with pytest.raises(Ambiguous):
        own_writer().write(blank)
    assert len(_triples_of(compacted(blank, own_writer()))) == len(blank)


def test_an_empty_text_beside_another_is_not_lost() -> None:
    """A blank node with an empty text and another one for a property has both."""
    node, name = ox.BlankNode("b"), ox.NamedNode("http://example.org/name")
    triples = [ox.Triple(node, name, ox.Literal(text)) for text in ("", "0")]
    read = ox.parse(compacted(triples, own_writer()), format=ox.RdfFormat.JSON_LD)
    assert {quad.object for quad in read} == {ox.Literal(""), ox.Literal("0")}
