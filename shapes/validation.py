"""Validation: one interface to two engines.

pyshacl is the reference: its results define correctness. Bulk data is validated by shapes compiled
to SPARQL, in the store; what the compiler does not cover goes to pyshacl and is never skipped. The
compiled engine gives the same results on every golden case and on data of every size.
"""

from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

import pyoxigraph as ox
import rdflib

from urbansdg.errors import Problem, Severity
from urbansdg.ontology.namespaces import USDG
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.shapes.engine import compiled_engine as engine
from urbansdg.shapes.engine import pyshacl_engine
from urbansdg.shapes.engine.shacl_to_sparql import ValidationPlan, classes, compile_profile
from urbansdg.shapes.model.rdf_terms import node_of, to_rdflib
from urbansdg.shapes.model.shape_profile import ShapeProfile, read_profile
from urbansdg.shapes.model.validation_report import Report, Result, report_of
from urbansdg.shapes.person_problems import personal_data_problems
from urbansdg.shapes.rules import rule_problems
from urbansdg.shapes.several_sources import is_preferred

MINIMUM = "minimum"
_NEAR = 10_000
"""With more nodes near the changed ones, everything is validated."""
_PARTS = frozenset(
    ox.NamedNode(USDG[name])
    for name in (
        *("population", "membership", "statement", "cityGoal", "budget", "implementationPeriod"),
        *("stakeholder", "obstacle", "claim", "staffing", "phase", "statusChange", "outcome"),
        *("transfer", "media", "contact"),
    )
)


class ChangedNodes(Protocol):
    """What a change touches, such as `urbansdg.store.Touched`."""

    @property
    def graphs(self) -> frozenset[str]:
        """The graphs that change."""

    @property
    def subjects(self) -> frozenset[str] | None:
        """The subjects whose triples change; None if they are too many to name."""

    @property
    def nameless(self) -> bool:
        """Whether changed nodes may include blank nodes."""

    @property
    def suspects(self) -> Collection[str] | None:
        """The rules that single statements of the change may break; None if unknown."""


def validate(
    data: rdflib.Graph, profile: str = MINIMUM, context: rdflib.Graph | None = None
) -> Report:
    """Return pyshacl's report on the data; raises `SettingsError` for an unknown profile.

    `context` is data that `data` refers to and that is not validated: only subjects of `data` are.
    Both must be parsed without normalising literals (`rdf_terms.to_rdflib`).
    """
    shapes = read_profile(profile)
    results = pyshacl_engine.run(data if context is None else data + context, shapes)
    if context is not None:
        results = [result for result in results if (node_of(result.focus), None, None) in data]
    return report_of(results, shapes.shape, "pyshacl", profile)


def validate_store(
    store: RdfDataset, profile: str = MINIMUM, focus: Collection[str] | None = None
) -> Report:
    """Return the report on the union of a store's graphs; `focus` restricts the focus nodes.

    Where the order of graphs decides between the names or positions of several sources, there is
    no problem (`several_sources`).

    Raises `SettingsError` for an unknown profile.
    """
    shapes = read_profile(profile)
    plan = compile_profile(shapes, engine.subclasses(store, shapes))
    results = engine.run(store, plan.checks, focus)
    judged = _uncovered_results(store, shapes, plan, focus) if plan.uncovered else ()
    contradictions = (
        result
        for result in (*results, *judged)
        if not is_preferred(store, result, shapes.shape(result.shape).path)
    )
    return report_of(contradictions, shapes.shape, "compiled", profile)


def validate_change(fork: RdfDataset, touched: ChangedNodes, profile: str = MINIMUM) -> Report:
    """Return the report on a change in its fork: changed nodes, neighbours, rules and persons.

    A result of a shape is about one node. So the subjects that changed are validated, their parts,
    and the nodes that refer to them, which may have lost something that they need. Where a shape
    has reported a node's property, a rule does not report it again; where a person is refused, no
    shape reports a link to the person. Blank nodes cannot be named: if the change writes one that a
    shape is about, or one refers to a changed node, everything is validated.
    """
    focus = None
    if touched.subjects is not None and not (
        touched.nameless and _has_nameless(fork, touched.graphs)
    ):
        focus = _neighbourhood(fork, touched.subjects)
    with ThreadPoolExecutor(1) as beside:
        ruled = beside.submit(lambda: list(rule_problems(fork, focus, touched.suspects)))
        report = validate_store(fork, profile, focus)
        nameless = touched.graphs if touched.nameless else ()
        persons = list(personal_data_problems(fork, focus, nameless, touched.suspects))
    nodes = {result.focus for problem, result in persons if problem.severity is Severity.VIOLATION}
    remaining = [entry for entry in report.problem_results() if entry[1].value not in nodes]
    reported = {(problem.place.focus, problem.place.path) for problem, _ in remaining}
    broken = [
        entry
        for entry in ruled.result()
        if (entry[0].place.focus, entry[0].place.path) not in reported
    ]
    entries = (*remaining, *persons, *broken)
    entries_of_change = [result for result in entries if _concerns(*result, fork, touched.graphs)]
    problems, results = zip(*entries_of_change, strict=True) if entries_of_change else ((), ())
    conforms = all(problem.severity is not Severity.VIOLATION for problem in problems)
    return replace(report, conforms=conforms, problems=problems, results=results)


def _concerns(problem: Problem, result: Result, fork: RdfDataset, graphs: frozenset[str]) -> bool:
    """Return whether to report a problem: any violation, but only warnings in changed graphs."""
    focus = result.focus
    if problem.severity is Severity.VIOLATION or isinstance(focus, ox.Literal):
        return True
    matches = (fork.quads_for_pattern(focus, None, None, ox.NamedNode(graph)) for graph in graphs)
    return any(next(quads, None) for quads in matches)


def _uncovered_results(
    store: RdfDataset, shapes: ShapeProfile, plan: ValidationPlan, focus: Collection[str] | None
) -> Iterator[Result]:
    """Yield pyshacl's results for the shapes that are not compiled."""
    for result in pyshacl_engine.run(to_rdflib(store), shapes):
        if result.shape in plan.uncovered and (focus is None or result.focus.value in focus):
            yield result


def _has_nameless(fork: RdfDataset, graphs: Iterable[str]) -> bool:
    """Return whether the graphs contain a blank node of a class in the shapes."""
    named = " ".join(f"<{iri}>" for iri in classes(read_profile(MINIMUM)))
    written = " ".join(f"<{iri}>" for iri in graphs)
    answer = fork.query(
        f"ASK {{ VALUES ?graph {{ {written} }} VALUES ?class {{ {named} }}"
        " GRAPH ?graph { ?node a ?class } FILTER(isBlank(?node)) }"
    )
    return bool(answer)


def _neighbourhood(fork: RdfDataset, subjects: Iterable[str]) -> frozenset[str] | None:
    """Return the subjects, their parts, and what refers to them.

    Returns None if they are too many, or one is a blank node.
    """
    near: set[str] = set()
    for subject in subjects:
        near.add(subject)
        for node in _around(fork, ox.NamedNode(subject)):
            if isinstance(node, ox.BlankNode) or len(near) >= _NEAR:
                return None
            near.add(node.value)
    return frozenset(near)


def _around(fork: RdfDataset, subject: ox.NamedNode) -> Iterator[ox.NamedNode | ox.BlankNode]:
    for quad in fork.quads_for_pattern(None, None, subject, None):
        if isinstance(quad.subject, ox.NamedNode | ox.BlankNode):
            yield quad.subject
    for quad in fork.quads_for_pattern(subject, None, None, None):
        if quad.predicate in _PARTS and isinstance(quad.object, ox.NamedNode | ox.BlankNode):
            yield quad.object
