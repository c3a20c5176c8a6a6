"""The style of terms as shapes (`shapes/style.ttl`), over the ontology itself."""

from pathlib import Path

import pytest
from rdflib import RDFS, SKOS, Graph, Literal, URIRef
from rdflib.namespace import SH
from rdflib.term import Node

from urbansdg.ontology.namespaces import USDG, VOCAB
from urbansdg.shapes.engine import pyshacl_engine
from urbansdg.shapes.model.shape_profile import ShapeProfile

CITY = URIRef(USDG.City)
EDUCATION = URIRef(f"{VOCAB}theme#education")
STATUS = URIRef("http://www.w3.org/2003/06/sw-vocab-status/ns#term_status")
SEOUL = '<city/1835848> a usdg:City ; skos:prefLabel "Seoul"@en .'
Change = tuple[str, Node, URIRef, Node | None, Node | None]
"""The shape that notices, the subject, its property, what is taken out and what comes instead."""
CHANGES: tuple[Change, ...] = (
    ("TermLabel", CITY, RDFS.label, Literal("도시", lang="ko"), None),
    ("TermLabel", CITY, RDFS.label, Literal("도시", lang="ko"), Literal("Stadt", lang="de")),
    ("TermLabel", CITY, RDFS.label, None, Literal("town", lang="en")),
    ("TermDefinition", CITY, SKOS.definition, None, Literal("A town. Or a village.", lang="en")),
    ("TermExample", CITY, SKOS.example, Literal(SEOUL), None),
    ("TermStatus", CITY, STATUS, Literal("testing"), Literal("perhaps")),
    ("TermHome", CITY, RDFS.isDefinedBy, None, URIRef("http://example.org/")),
    ("TermStyle", URIRef(USDG["the-city"]), RDFS.isDefinedBy, None, URIRef(str(USDG)[:-1])),
    ("ConceptLabel", EDUCATION, SKOS.prefLabel, Literal("교육", lang="ko"), None),
    ("ConceptDefinition", EDUCATION, SKOS.definition, None, Literal("Two.", lang="en")),
    ("ConceptScheme", EDUCATION, SKOS.inScheme, None, URIRef(f"{VOCAB}status")),
    ("ConceptTop", URIRef(f"{VOCAB}theme"), SKOS.hasTopConcept, EDUCATION, None),
)


@pytest.fixture(scope="module")
def style(root: Path) -> ShapeProfile:
    """Return the shapes of the style."""
    return ShapeProfile("style", Graph().parse(root / "shapes" / "style.ttl"))


@pytest.fixture(scope="module")
def terms(root: Path) -> Graph:
    """Return a class, and a scheme with one concept, as the ontology has them."""
    whole = Graph()
    for name in ("ontology.ttl", "vocab/theme.ttl"):
        whole.parse(root / "ontology" / name)
    graph = Graph()
    scheme = URIRef(f"{VOCAB}theme")
    for subject in (CITY, EDUCATION, scheme):
        for triple in whole.triples((subject, None, None)):
            if triple[1] != SKOS.hasTopConcept or triple[2] == EDUCATION:
                graph.add(triple)
    return graph


def test_nothing_is_broken_before_a_change(terms: Graph, style: ShapeProfile) -> None:
    """The class, the scheme and the concept have the style, so that a change is what is found."""
    assert broken(terms, style) == set()


def broken(graph: Graph, style: ShapeProfile) -> set[str]:
    """Return the shapes that a graph breaks."""
    return {result.shape.partition("#")[2] for result in pyshacl_engine.run(graph, style)}


@pytest.mark.long
def test_the_ontology_and_every_scheme_have_the_style(root: Path, style: ShapeProfile) -> None:
    """No term and no concept breaks a shape of the style."""
    graph = Graph()
    for file in (root / "ontology").rglob("*.ttl"):
        if file.parent.name != "versions":
            graph.parse(file)
    assert [str(result) for result in pyshacl_engine.run(graph, style)] == []


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change[0])
def test_a_term_without_the_style_is_found(
    terms: Graph, style: ShapeProfile, change: Change
) -> None:
    """Every shape of the style finds what it is for."""
    shape, subject, predicate, gone, new = change
    graph = Graph()
    graph += terms
    if gone is not None:
        assert (subject, predicate, gone) in graph
        graph.remove((subject, predicate, gone))
    if new is not None:
        graph.add((subject, predicate, new))
    assert shape in broken(graph, style)


def test_every_shape_of_the_style_is_tested(style: ShapeProfile) -> None:
    """Each shape that reports is broken by one of the changes above."""
    reporting = {str(shape).partition("#")[2] for shape in style.graph.subjects(SH.message)}
    assert reporting == {change[0] for change in CHANGES}
