"""Problems of a load in RDF: a SHACL validation report (SHACL, 3.6) with places in files.

A result has message, severity, focus node, value, and the code as `dcterms:identifier`. The place
is a Web Annotation target: a source and a fragment selector (Web Annotation Data Model, 4.2.1).
"""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

import pyoxigraph as ox

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.tables.field_mapping import node
from urbansdg.ontology.namespaces import PREFIXES

_SEVERITIES = {
    Severity.VIOLATION: "sh:Violation",
    Severity.WARNING: "sh:Warning",
    Severity.INFO: "sh:Info",
}


def as_turtle(problems: Sequence[Problem]) -> bytes:
    """Return the report in Turtle."""
    used = {name: PREFIXES[name] for name in ("sh", "oa", "dcterms", "rdf", "rdfs")}
    written = ox.serialize(_report(problems), format=ox.RdfFormat.TURTLE, prefixes=used)
    return written or b""


def _report(problems: Sequence[Problem]) -> Iterator[ox.Triple]:
    report = ox.BlankNode()
    conforms = all(problem.severity is not Severity.VIOLATION for problem in problems)
    yield ox.Triple(report, node("rdf:type"), node("sh:ValidationReport"))
    yield ox.Triple(report, node("sh:conforms"), ox.Literal(conforms))
    for problem in problems:
        result = ox.BlankNode()
        yield ox.Triple(report, node("sh:result"), result)
        yield from _result(result, problem)
        for place in (problem.place, *problem.related):
            if place.file is not None:
                yield from _target(result, place)


def _result(result: ox.BlankNode, problem: Problem) -> Iterator[ox.Triple]:
    yield ox.Triple(result, node("rdf:type"), node("sh:ValidationResult"))
    yield ox.Triple(result, node("sh:resultSeverity"), node(_SEVERITIES[problem.severity]))
    text = ox.Literal(problem.message, language=problem.language)
    yield ox.Triple(result, node("sh:resultMessage"), text)
    yield ox.Triple(
        result, node("rdfs:comment"), ox.Literal(problem.remedy, language=problem.language)
    )
    yield ox.Triple(result, node("dcterms:identifier"), ox.Literal(problem.code))
    if problem.place.focus is not None:
        yield ox.Triple(result, node("sh:focusNode"), ox.NamedNode(problem.place.focus))
    if problem.value is not None:
        yield ox.Triple(result, node("sh:value"), ox.Literal(problem.value))


def _target(result: ox.BlankNode, place: Place) -> Iterator[ox.Triple]:
    target, selector = ox.BlankNode(), ox.BlankNode()
    file = ox.NamedNode(f"file:{quote(place.file or '')}")
    yield ox.Triple(result, node("oa:hasTarget"), target)
    yield ox.Triple(target, node("oa:hasSource"), file)
    where = "; ".join(
        f"{name}={value}"
        for name, value in place.to_json().items()
        if name in {"sheet", "row", "column", "line"}
    )
    if where:
        yield ox.Triple(target, node("oa:hasSelector"), selector)
        yield ox.Triple(selector, node("rdf:type"), node("oa:FragmentSelector"))
        yield ox.Triple(selector, node("rdf:value"), ox.Literal(where))
