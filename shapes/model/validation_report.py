"""Validation reports, as problems for people and in RDF (SHACL, 3.6)."""

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
    """A validation result: the shape, the constraint component, and the node that fails.

    `component` is the local name of the constraint component without its suffix (`MinCount`), or
    the name of a rule. `path` overrides the path of the shape (sh:closed reports the predicate).
    """

    shape: str
    component: str
    focus: Term
    value: Term | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a validation; `conforms` is True if no problem is a violation.

    `problems` have a fixed order, and one mistake is reported once: of several results of a shape
    for one value, only the most basic is kept (a literal in place of an IRI has the wrong class
    too). `results` are the results of these problems, in the same order.
    """

    conforms: bool
    problems: tuple[Problem, ...] = ()
    engine: str = "compiled"
    profile: str = "minimum"
    results: tuple[Result, ...] = ()

    def problem_results(self) -> Iterator[tuple[Problem, Result]]:
        """Yield each problem with its result."""
        return zip(self.problems, self.results, strict=True)

    def to_graph(self) -> Graph:
        """Return the report as a sh:ValidationReport."""
        graph = Graph()
        graph.bind("sh", SH)
        report = BNode()
        graph.add((report, RDF.type, SH.ValidationReport))
        graph.add((report, SH.conforms, Literal(self.conforms)))
        for problem, result in self.problem_results():
            node = BNode()
            graph.add((report, SH.result, node))
            _describe(graph, node, problem, result)
        return graph


def report_of(
    results_found: Iterable[Result], shape: Callable[[str], Shape], engine: str, profile: str
) -> Report:
    """Return the report of the results; `shape` describes each shape."""
    results = tuple(sorted(_basic(set(results_found)), key=_order))
    problems = tuple(_problem(result, shape(result.shape)) for result in results)
    conforms = all(problem.severity is not Severity.VIOLATION for problem in problems)
    return Report(conforms, problems, engine, profile, results)


def code_of(shape: str) -> str:
    """Return the problem code of a shape: `usdgsh:CityCountry` -> `shape.CityCountry`."""
    return f"shape.{re.split('[#/]', shape)[-1]}"


def _basic(results: set[Result]) -> list[Result]:
    """Keep the most basic result for each shape, focus node and value."""
    by_key: dict[object, Result] = {}
    for result in sorted(results, key=_rank):
        key = result.component if result.value is None else result.value
        by_key.setdefault((result.shape, result.focus, result.path, key), result)
    return list(by_key.values())


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
    """Return the path if it is a single predicate; longer paths are in the source shape."""
    if path is None:
        return None
    if (short := re.fullmatch(r"([\w-]+):([\w-]+)", path)) is not None:
        return URIRef(PREFIXES[short[1]] + short[2])
    return URIRef(path[1:-1]) if re.fullmatch(r"<[^<>]*>", path) else None
