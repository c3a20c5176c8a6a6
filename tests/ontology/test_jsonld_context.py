"""The JSON-LD context."""

import json
from pathlib import Path

import pyoxigraph as ox
from rdflib import RDFS, SH, Graph, URIRef
from rdflib.compare import isomorphic

from urbansdg.ontology.jsonld_context import context
from urbansdg.ontology.namespaces import PREFIXES, USDG
from urbansdg.shapes import validate
from urbansdg.shapes.model.rdf_terms import to_rdflib
from urbansdg.shapes.model.shape_profile import read_profile

_PLAIN = {
    "id": "http://localhost:8000/id/policy/example-haneul-night-buses",
    "type": "Policy",
    "title": {"en": "Night buses", "ko": "심야버스"},
    "leadCity": "http://localhost:8000/id/city/example-haneul",
    "status": "https://w3id.org/urbansdg/vocab/status#in-progress",
    "budget": {
        "id": "http://localhost:8000/id/policy/example-haneul-night-buses/budget/running",
        "type": "Budget",
        "amount": "480000",
        "currency": "KRW",
        "year": "2018",
    },
    "source": "https://haneul.example/policies/night-buses",
}
_AS_TURTLE = """
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix usdg: <https://w3id.org/urbansdg/ontology#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<http://localhost:8000/id/policy/example-haneul-night-buses> a usdg:Policy ;
    dcterms:title "Night buses"@en , "심야버스"@ko ;
    usdg:leadCity <http://localhost:8000/id/city/example-haneul> ;
    usdg:status <https://w3id.org/urbansdg/vocab/status#in-progress> ;
    dcterms:source <https://haneul.example/policies/night-buses> ;
    usdg:budget <http://localhost:8000/id/policy/example-haneul-night-buses/budget/running> .
<http://localhost:8000/id/policy/example-haneul-night-buses/budget/running> a usdg:Budget ;
    usdg:amount 480000.0 ; usdg:currency "KRW" ; usdg:year "2018"^^xsd:gYear .
"""


def _read(document: object) -> Graph:
    text = json.dumps(document).encode()
    return to_rdflib(ox.parse(text, format=ox.RdfFormat.JSON_LD))


def test_a_plain_policy_in_json_is_rdf() -> None:
    """With the context, a plain JSON policy says what the same policy in Turtle says."""
    graph = _read({"@context": context(), **_PLAIN})
    turtle = _AS_TURTLE.replace("480000.0", '"480000"^^xsd:decimal')
    expected = to_rdflib(ox.parse(turtle, format=ox.RdfFormat.TURTLE))
    assert isomorphic(graph, expected)
    assert "shape.BudgetAmount" not in {problem.code for problem in validate(graph).problems}


def test_every_term_of_the_ontology_has_its_name(root: Path) -> None:
    """Every class and property of the ontology is named in the context by its local name."""
    graph = Graph().parse(root / "ontology" / "ontology.ttl")
    terms = {str(term).removeprefix(str(USDG)) for term in graph.subjects(RDFS.isDefinedBy)}
    assert terms <= context().keys()
    assert context()["philosophy"] == {"@id": str(USDG.philosophy), "@container": "@language"}
    assert context()["target"] == {"@id": str(USDG.target), "@type": "@id"}


def test_whatever_a_shape_asks_for_has_its_name() -> None:
    """Each property and class that a shape is about has a name: plain JSON says it, or loses it."""
    shapes = read_profile("complete").graph
    named = {
        definition if isinstance(definition, str) else definition["@id"]
        for definition in context().values()
    }
    known = named | {f"{PREFIXES[name.partition(':')[0]]}{name.partition(':')[2]}" for name in named
                     if name.partition(":")[0] in PREFIXES}  # fmt: skip
    terms = {
        str(term)
        for predicate in (SH.path, SH.targetClass, SH["class"])
        for term in shapes.objects(None, predicate)
        if isinstance(term, URIRef)
    }
    assert terms - known == set()


def test_a_year_and_a_day_in_plain_json_are_valid() -> None:
    """A day is written as it is, a year with its type; a date that is neither is reported."""
    kind = "https://w3id.org/urbansdg/vocab/period-kind#actual"
    period: dict[str, object] = {
        "id": "http://localhost:8000/id/policy/1-a/period/actual",
        "type": "ImplementationPeriod",
        "periodKind": kind,
        "startDate": {"@type": "xsd:gYear", "@value": "2016"},
        "startYear": "2016",
        "endDate": "2018-03-31",
        "endYear": "2018",
    }
    beside = {"id": kind, "type": "Concept"}
    document = {"@context": context(), "@graph": [period, beside]}
    assert validate(_read(document)).problems == ()
    wrong = document | {"@graph": [period | {"endDate": "2018-02-30"}, beside]}
    assert {problem.code for problem in validate(_read(wrong)).problems} == {"shape.PeriodEnd"}
