"""The golden cases: a Turtle file and, of an invalid one, the exact report beside it.

A new case is a new file `<profile>/<subject>/valid.*.ttl`, or `invalid.<reason>.ttl` with
`invalid.<reason>.report.json`, and no code.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pyoxigraph as ox
import pytest
import shifty
from rdflib import Graph, URIRef
from rdflib.namespace import SH
from rdflib.term import Node

from urbansdg.errors import Problem, Severity
from urbansdg.shapes import Report, validate, validate_store
from urbansdg.shapes.engine import compiled_engine
from urbansdg.shapes.engine.constraint_components import KNOWN
from urbansdg.shapes.engine.shacl_to_sparql import compile_profile as plan_of
from urbansdg.shapes.model.rdf_terms import to_rdflib
from urbansdg.shapes.model.shape_profile import PROFILES, ShapeProfile, read_profile
from urbansdg.shapes.model.validation_report import Result, code_of, report_of

ProblemKey = tuple[str, str, str]
"""What a report must say: code, focus node and path (empty of a node shape)."""


@dataclass(frozen=True)
class Case:
    """One golden case."""

    file: Path

    @property
    def profile(self) -> str:
        """The profile that the case is validated by."""
        return self.file.parents[1].name

    @cached_property
    def expected(self) -> list[ProblemKey]:
        """What the report must say; nothing of a valid case."""
        if self.file.name.startswith("valid."):
            return []
        entries = json.loads(self.file.with_suffix(".report.json").read_text("utf-8"))
        return sorted((entry["code"], entry["focus"], entry["path"] or "") for entry in entries)

    def quads(self) -> list[ox.Quad]:
        """Return the file's statements as they are spelled."""
        return list(ox.parse(path=str(self.file), format=ox.RdfFormat.TURTLE))

    @cache  # noqa: B019  # the cases live as long as the module
    def store(self) -> ox.Store:
        """Return the file's statements as a store takes them; nobody changes it."""
        store = ox.Store()
        store.extend(self.quads())
        return store


STRICTEST = PROFILES[-1]
"""The profile that includes the others."""
YEARS = {"shape.PeriodOrder", "shape.PhaseOrder", "shape.CityGoalBaselineYear"}
"""Pyshifty cannot compare years."""
CASES = [
    Case(file)
    for profile in PROFILES
    for file in sorted((Path(__file__).parent / profile).rglob("*.ttl"))
]
INVALID = [case for case in CASES if case.expected]


def named(case: object) -> str:
    """Name a case in pytest's output."""
    return (
        f"{case.profile}-{case.file.parent.name}-{case.file.stem}"
        if isinstance(case, Case)
        else str(case)
    )


def problem_keys(problems: Iterable[Problem]) -> list[ProblemKey]:
    """Return what problems say, to be compared with what is expected."""
    return sorted(
        (problem.code, problem.place.focus or "", problem.place.path or "") for problem in problems
    )


def by_pyshacl(case: Case) -> Report:
    """Validate a case by pyshacl."""
    return validate(to_rdflib(case.quads()), case.profile)


def by_queries(case: Case) -> Report:
    """Validate a case by the compiled shapes."""
    return validate_store(case.store(), case.profile)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_compiled_shapes_give_the_expected_report(case: Case) -> None:
    """The compiled shapes report exactly what the golden file says."""
    report = by_queries(case)
    assert problem_keys(report.problems) == case.expected
    assert report.conforms == all(
        problem.severity is not Severity.VIOLATION for problem in report.problems
    )


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=named)
def test_both_engines_give_the_expected_report(case: Case) -> None:
    """Both engines report exactly what the golden file says, in the same words."""
    judged, queried = by_pyshacl(case), by_queries(case)
    assert problem_keys(judged.problems) == case.expected
    assert queried.problems == judged.problems
    assert judged.conforms == all(
        problem.severity is not Severity.VIOLATION for problem in judged.problems
    )


@cache
def another(profile: str) -> shifty.PreparedValidator:
    """Return pyshifty with the shapes of a profile, which it reads once."""
    return shifty.PreparedValidator(read_profile(profile).graph)


def by_another(file: Path, profile: str) -> set[tuple[str, str]]:
    """Return the shapes and focus nodes of which pyshifty reports something."""
    _, report, _ = another(profile).validate(file, graph_mode="data", infer=False)
    keys = (
        (code_of(str(report.value(node, SH.sourceShape))), str(report.value(node, SH.focusNode)))
        for node in report.objects(None, SH.result)
    )
    return {problem for problem in keys if problem[0] not in YEARS}


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_third_engine_agrees(case: Case) -> None:
    """Pyshifty, an engine of others, reports the same shapes on the same nodes."""
    expected = {(code, focus) for code, focus, _ in case.expected if code not in YEARS}
    assert by_another(case.file, case.profile) == expected


@pytest.mark.parametrize("profile", PROFILES)
def test_every_subject_has_a_valid_case(profile: str) -> None:
    """Every file of shapes has a valid golden case, and every folder of cases such a file."""
    shapes = Path(compiled_engine.__file__ or "").parents[1] / profile
    valid = {case.file.parent.name for case in CASES if case.profile == profile and is_valid(case)}
    folders = {case.file.parent.name for case in CASES if case.profile == profile}
    assert folders == valid == {file.stem for file in shapes.glob("*.ttl")}


def is_valid(case: Case) -> bool:
    """Tell whether nothing is to be found in a case."""
    return not case.expected


def test_every_invalid_case_has_its_own_report() -> None:
    """No report stands beside a case that is gone, and every one names a problem."""
    reports = {file for case in CASES for file in case.file.parent.glob("*.report.json")}
    assert reports == {case.file.with_suffix(".report.json") for case in INVALID}


@pytest.mark.long
def test_a_file_of_many_mistakes_gives_every_message(tmp_path: Path) -> None:
    """A file of more than 60 different mistakes gives a message for each, in every engine.

    A message names the place, what is wrong and the remedy. Pyshifty is asked for the places.
    """
    cases = [case for case in INVALID if case.profile == PROFILES[0] and is_apart(case)]
    quads = [quad for number, case in enumerate(cases) for quad in moved(case, number)]
    expected = sorted(
        (code, place(focus, number), path)
        for number, case in enumerate(cases)
        for code, focus, path in case.expected
    )
    store = ox.Store()
    store.extend(quads)
    judged, queried = validate(to_rdflib(quads)), validate_store(store)
    ours = [problem for problem in judged.problems if is_ours(problem.place.focus or "")]
    assert len({code for code, _, _ in expected}) > 60
    assert problem_keys(ours) == expected
    assert queried.problems == judged.problems
    for problem in judged.problems:
        assert problem.place.focus
        assert problem.message.endswith(".")
        assert problem.remedy.endswith(".")
    file = tmp_path / "many.ttl"
    ox.serialize((quad.triple for quad in quads), str(file), format=ox.RdfFormat.TURTLE)
    problems = {problem for problem in by_another(file, PROFILES[0]) if is_ours(problem[1])}
    assert problems == {(code, focus) for code, focus, _ in expected if code not in YEARS}


OURS = "http://localhost:8000/"


def is_ours(iri: str) -> bool:
    """Tell whether an IRI is one of our things; the UN's terms are described by many cases."""
    return iri.startswith(OURS)


def is_apart(case: Case) -> bool:
    """Tell whether a case is about our own things only, and not about what another case has."""
    ours = all(is_ours(focus) for _, focus, _ in case.expected)
    return ours and "unknown" not in case.file.stem and case.file.parent.name != "sdg"


def place(iri: str, number: int) -> str:
    """Return an IRI of a case as it is where many cases stand in one file."""
    return iri.replace(OURS, f"{OURS}{number}/")


def moved(case: Case, number: int) -> Iterable[ox.Quad]:
    """Return a case's statements with the data's IRIs moved, so that no two cases meet."""
    for quad in case.quads():
        subject, value = quad.subject, quad.object
        if isinstance(subject, ox.NamedNode):
            subject = ox.NamedNode(place(subject.value, number))
        if isinstance(value, ox.NamedNode):
            value = ox.NamedNode(place(value.value, number))
        yield ox.Quad(subject, quad.predicate, value)


# Mutation: a constraint that nobody misses when it is gone is not tested.


def constraints() -> list[tuple[Node, Node, Node]]:
    """Return every constraint of the profiles: shape, parameter and argument."""
    graph = read_profile(STRICTEST).graph
    triples = ((s, p, o) for s, p, o in graph if p in KNOWN)
    return sorted(triples, key=lambda triple: (constraint_name(triple), str(triple[2])))


def reporting(graph: Graph, shape: Node) -> set[str]:
    """Return the named shapes under whose names a constraint of the shape is reported."""
    if isinstance(shape, URIRef):
        return {str(shape)}
    return {name for above in graph.subjects(None, shape) for name in reporting(graph, above)}


def constraint_name(triple: tuple[Node, Node, Node]) -> str:
    """Name a constraint in pytest's output: its shape and its parameter."""
    shapes = sorted(map(code_of, reporting(read_profile(STRICTEST).graph, triple[0])))
    return f"{','.join(shapes)}-{code_of(str(triple[1]))}"


def above(shape: Node) -> frozenset[Node]:
    """Return the shapes of the strictest profile that reach a shape, with itself."""
    graph, shapes = read_profile(STRICTEST).graph, {shape}
    pending = [shape]
    while pending:
        fresh = set(graph.subjects(None, pending.pop())) - shapes
        shapes |= fresh
        pending += fresh
    return frozenset(shapes)


@cache
def cut(tops: frozenset[Node]) -> ShapeProfile:
    """Return the strictest profile cut down to some shapes with all that they reach."""
    whole = read_profile(STRICTEST).graph
    graph, pending, seen = Graph(), list(tops), set(tops)
    while pending:
        shape = pending.pop()
        for triple in whole.triples((shape, None, None)):
            graph.add(triple)
        fresh = set(whole.objects(shape, None)) - seen
        seen |= fresh
        pending += fresh
    return ShapeProfile("cut", graph)


@contextmanager
def without(profile: ShapeProfile, triple: tuple[Node, Node, Node]) -> Iterator[ShapeProfile]:
    """Take one constraint out of a profile for a while."""
    profile.graph.remove(triple)
    try:
        yield ShapeProfile("mutant", profile.graph)
    finally:
        profile.graph.add(triple)


def results_of(profile: ShapeProfile, shapes: set[str], case: Case) -> set[Result]:
    """Return the results of the given shapes of a profile on a case."""
    checks = [check for check in plan_of(profile).checks if check.shape in shapes]
    results = compiled_engine.run(case.store(), checks)
    return set(report_of(results, profile.shape, "compiled", "mutant").results)


@pytest.mark.long
@pytest.mark.parametrize("triple", constraints(), ids=constraint_name)
def test_a_golden_case_misses_every_constraint_that_is_dropped(
    triple: tuple[Node, Node, Node],
) -> None:
    """Drop any one constraint of a profile, and a golden report changes."""
    whole = cut(above(triple[0]))
    assert triple in whole.graph
    shapes = reporting(whole.graph, triple[0])
    codes = {code_of(shape) for shape in shapes}
    concerned = [case for case in INVALID if codes & {code for code, _, _ in case.expected}]
    before = {case: results_of(whole, shapes, case) for case in concerned}
    with without(whole, triple) as mutant:
        assert any(before[case] != results_of(mutant, shapes, case) for case in concerned)


# The shapes themselves.


def test_the_compiler_covers_every_profile() -> None:
    """No shape of a profile needs pyshacl in bulk."""
    assert plan_of(read_profile(STRICTEST)).uncovered == frozenset()


def test_every_property_shape_has_a_name_a_severity_and_two_sentences() -> None:
    """Every shape with results has a name, a severity, and a message with problem and remedy."""
    profile = read_profile(STRICTEST)
    reporters = {check.shape for check in plan_of(profile).checks}
    for shape in map(URIRef, sorted(reporters)):
        shape_facts = profile.shape(str(shape))
        assert shape.startswith("https://w3id.org/urbansdg/shapes#")
        assert profile.graph.value(shape, SH.severity) in {SH.Violation, SH.Warning, SH.Info}
        assert not shape_facts.message.endswith("is violated.")
        assert shape_facts.remedy.endswith(".")


def test_a_report_in_rdf_says_the_same() -> None:
    """A report becomes a sh:ValidationReport with one result for each problem."""
    case = next(case for case in INVALID if case.file.stem == "invalid.end-before-start")
    report = by_pyshacl(case)
    graph = report.to_graph()
    assert (None, SH.conforms, None) in graph
    assert [str(focus) for focus in graph.objects(None, SH.focusNode)] == [
        problem.place.focus for problem in report.problems
    ]
    assert len(list(graph.objects(None, SH.result))) == len(report.problems)


def test_ill_typed_literals_of_the_cases_are_kept() -> None:
    """Reading keeps the spelling of a date that does not exist."""
    text = '<a:a> <a:b> "2024-13-45"^^<http://www.w3.org/2001/XMLSchema#date> .'
    graph = to_rdflib(ox.parse(text, format=ox.RdfFormat.TURTLE))
    assert [str(value) for value in graph.objects()] == ["2024-13-45"]
