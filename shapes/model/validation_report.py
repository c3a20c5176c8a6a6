"""The report of a validation, in words for people and in RDF after SHACL, section 3.6."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF, SH

from urbansdg.errors import Place, Problem, Severity
from urbansdg.ontology.namespaces import PREFIXES, USDGSH
from urbansdg.shapes.model.rdf_terms import Term, node_of
from urbansdg.shapes.model.shape_profile import Shape

_RANKS: Final = ("NodeKind", "Datatype", "Or", "Class", "In", "Node")
_SEVERITIES = {
    Severity.VIOLATION: SH.Violation,
    Severity.WARNING: SH.Warning,
    Severity.INFO: SH.Info,
}


@dataclass(frozen=True, slots=True)
class Result:
    """One validation result: which constraint of which shape fails where.

    `component` is the constraint component's local name without its ending (`MinCount`), or the
    name of a rule; `path` overrides the shape's (sh:closed names the predicate found).
    """

    shape: str
    component: str
    focus: Term
    value: Term | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a validation: `conforms` where no problem is a violation.

    `problems` are in a fixed order, and one mistake is told once: of several results of one shape
    on one value only the most basic stands (a literal where an IRI belongs has no class either).
    `results` are the results they tell, in the same order.
    """

    conforms: bool
    problems: tuple[Problem, ...] = ()
    engine: str = "compiled"
    profile: str = "minimum"
    results: tuple[Result, ...] = ()

    def told(self) -> Iterator[tuple[Problem, Result]]:
        """Give each problem with the result that it tells."""
        return zip(self.problems, self.results, strict=True)

    def to_graph(self) -> Graph:
        """Return the report as a sh:ValidationReport."""
        graph = Graph()
        graph.bind("sh", SH)
        report = BNode()
        graph.add((report, RDF.type, SH.ValidationReport))
        graph.add((report, SH.conforms, Literal(self.conforms)))
        for problem, result in self.told():
            node = BNode()
            graph.add((report, SH.result, node))
            _describe(graph, node, problem, result)
        return graph


def report_of(
    found: Iterable[Result], shape: Callable[[str], Shape], engine: str, profile: str
) -> Report:
    """Return the report of the results, `shape` giving what is to be told of each shape."""
    results = tuple(sorted(_basic(set(found)), key=_order))
    problems = tuple(_problem(result, shape(result.shape)) for result in results)
    conforms = all(problem.severity is not Severity.VIOLATION for problem in problems)
    return Report(conforms, problems, engine, profile, results)


def code_of(shape: str) -> str:
    """Return the code of a shape's problems: `usdgsh:CityCountry` -> `shape.CityCountry`."""
    return f"shape.{re.split('[#/]', shape)[-1]}"


def _basic(results: set[Result]) -> list[Result]:
    """Keep one result for each shape, focus node and value: the most basic."""
    kept: dict[object, Result] = {}
    for result in sorted(results, key=_rank):
        key = result.component if result.value is None else result.value
        kept.setdefault((result.shape, result.focus, result.path, key), result)
    return list(kept.values())


def _rank(result: Result) -> tuple[int, str]:
    name = result.component
    return _RANKS.index(name) if name in _RANKS else len(_RANKS), name


def _order(result: Result) -> tuple[str, ...]:
    return str(result.focus), result.shape, result.component, str(result.path), str(result.value)


def _problem(result: Result, shape: Shape) -> Problem:
    place = Place(focus=result.focus.value, path=result.path or shape.path)
    value = None if result.value is None else result.value.value
    code = code_of(result.shape)
    return Problem(code, shape.message, shape.remedy, place, shape.severity, value)


def _describe(graph: Graph, node: BNode, problem: Problem, result: Result) -> None:
    graph.add((node, RDF.type, SH.ValidationResult))
    graph.add((node, SH.focusNode, node_of(result.focus)))
    graph.add((node, SH.sourceShape, URIRef(result.shape)))
    graph.add((node, SH.sourceConstraintComponent, _component(result.component)))
    graph.add((node, SH.resultSeverity, _SEVERITIES[problem.severity]))
    graph.add((node, SH.resultMessage, Literal(f"{problem.message} {problem.remedy}", lang="en")))
    if result.value is not None:
        graph.add((node, SH.value, node_of(result.value)))
    if (path := _predicate(problem.place.path)) is not None:
        graph.add((node, SH.resultPath, path))


def _component(name: str) -> URIRef:
    return URIRef(USDGSH[name] if name.islower() else f"{SH}{name}ConstraintComponent")


def _predicate(path: str | None) -> URIRef | None:
    """Return the predicate where the path is one; longer paths stand in the source shape."""
    if path is None:
        return None
    if (short := re.fullmatch(r"([\w-]+):([\w-]+)", path)) is not None:
        return URIRef(PREFIXES[short[1]] + short[2])
    return URIRef(path[1:-1]) if re.fullmatch(r"<[^<>]*>", path) else None
