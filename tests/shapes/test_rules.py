"""The rules across things: golden cases in TriG, with the exact report beside an invalid one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.errors import Severity
from urbansdg.shapes.engine.focus_nodes import PORTION
from urbansdg.shapes.rules import rule_problems, rules
from urbansdg.shapes.rules.sparql_rules import MOST, NAMED, GraphTerms, whole_graph_solutions

CASES = sorted((Path(__file__).parent / "rules").rglob("*.trig"))
USDG = "https://w3id.org/urbansdg/ontology#"


def stored(file: Path) -> ox.Store:
    """Return a case in a store."""
    store = ox.Store()
    store.extend(ox.parse(path=str(file), format=ox.RdfFormat.TRIG))
    return store


def expected(file: Path) -> list[dict[str, str]]:
    """Return what must be reported of a case."""
    report = file.with_suffix(".report.json")
    return json.loads(report.read_text("utf-8")) if report.exists() else []


def reported_problems(
    store: ox.Store, focus: set[str] | None = None
) -> list[dict[str, str | None]]:
    """Return what the rules report of a store."""
    problems = [problem for problem, _ in rule_problems(store, focus)]
    return [
        {"code": problem.code, "focus": problem.place.focus, "path": problem.place.path}
        for problem in problems
    ]


@pytest.mark.parametrize("file", CASES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_rule_reports_what_breaks_it(file: Path) -> None:
    """The rules report exactly what the golden file says, of all nodes and of the named ones."""
    expected_problems = expected(file)
    store = stored(file)
    assert reported_problems(store) == expected_problems
    assert (
        reported_problems(store, {problem["focus"] for problem in expected_problems})
        == expected_problems
    )


def test_every_rule_has_cases_of_both_kinds() -> None:
    """Every rule has a valid and an invalid case, and says the problem and the solution."""
    kinds = {(file.parent.name, file.name.split(".")[0]) for file in CASES}
    named = {rule.name for rule in rules()}
    assert kinds == {(name, kind) for name in named for kind in ("valid", "invalid")}
    assert all(rule.problem.endswith(".") and rule.solution.endswith(".") for rule in rules())


def test_a_rule_tells_the_row_in_its_own_words() -> None:
    """A city far outside its country is reported with both named, and where it is said to lie."""
    folder = Path(__file__).parent / "rules" / "coordinates-outside-country"
    ((problem, _),) = rule_problems(stored(folder / "invalid.exchanged.trig"))
    assert problem.message == (
        "The position of Stockholm, 18.07, 59.33 (north, east), is far outside Sweden."
    )


def test_a_rule_may_be_a_warning() -> None:
    """What breaks a rule whose header says so is a warning; all else is a violation."""
    weighed = {rule.name: rule.severity for rule in rules()}
    assert weighed["budget-year-outside-period"] is Severity.WARNING
    assert weighed["coordinates-outside-country"] is Severity.VIOLATION
    broken = next(file for file in CASES if file.name == "invalid.before-and-after.trig")
    assert {problem.severity for problem, _ in rule_problems(stored(broken))} == {Severity.WARNING}


def test_other_nodes_are_not_reported() -> None:
    """Where the focus is on other nodes, a broken rule is not reported."""
    broken = next(file for file in CASES if file.name.startswith("invalid."))
    assert reported_problems(stored(broken), {"http://localhost:8000/id/city/none"}) == []


def test_a_rule_reports_a_bounded_number() -> None:
    """A rule that is broken everywhere reports a hundred problems, not all of them."""
    store = ox.Store()
    city, same = ox.NamedNode(f"{USDG}City"), ox.NamedNode("http://schema.org/sameAs")
    kind = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    entity = ox.NamedNode("http://www.wikidata.org/entity/Q1")
    for number in range(MOST + 1):
        iri = ox.NamedNode(f"http://localhost:8000/id/city/{number}")
        store.extend([ox.Quad(iri, kind, city), ox.Quad(iri, same, entity)])
    assert len(reported_problems(store)) == MOST


def untyped(count: int, policy: type[ox.NamedNode | ox.BlankNode]) -> Iterator[ox.Quad]:
    """Give policies without a type, each in a city, and a text that has no word in it."""
    lead, city = ox.NamedNode(f"{USDG}leadCity"), ox.NamedNode("http://localhost:8000/id/city/1")
    title = ox.NamedNode("http://purl.org/dc/terms/title")
    for number in range(count):
        named = f"http://localhost:8000/id/policy/1-{number:05}"
        node = policy(named) if policy is ox.NamedNode else policy(f"n{number}")
        yield ox.Quad(node, lead, city)
        yield ox.Quad(node, title, ox.Literal(" ", language="en"))
        yield ox.Quad(node, title, ox.Literal("A title", language="en"))


@pytest.mark.parametrize("count", [1, MOST - 1, NAMED - 1, NAMED, NAMED + 1, 2 * NAMED])
@pytest.mark.parametrize("kind", [ox.NamedNode, ox.BlankNode])
def test_a_screen_misses_nothing(count: int, kind: type[ox.NamedNode | ox.BlankNode]) -> None:
    """However many nodes break a rule, named or not, it reports what its query finds everywhere."""
    store = ox.Store()
    store.extend(untyped(count, kind))
    codes = [problem.code for problem, _ in rule_problems(store)]
    assert codes == ["rule.text-empty"] * min(count, MOST) + ["rule.type-missing"] * min(
        count, MOST
    )
    screened = [rule for rule in rules() if rule.screen]
    assert {"text-empty", "type-missing"} < {rule.name for rule in screened}


@pytest.mark.long
@pytest.mark.parametrize("file", CASES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_screen_leaves_what_breaks_its_rule(file: Path) -> None:
    """The rules report with their screens what their queries find in the whole graph."""
    store = stored(file)
    terms = GraphTerms.of(store)
    whole = [(rule.name, whole_graph_solutions(store, rule, terms)) for rule in rules()]
    expected = [(f"rule.{name}", row["focus"]) for name, rows in whole for row in rows]
    assert [(problem.code, result.focus) for problem, result in rule_problems(store)] == expected


@pytest.mark.parametrize("count", [1, PORTION, 3 * PORTION])
@pytest.mark.parametrize("others", [0, 200 * PORTION])
def test_many_nodes_are_reported_of_as_if_they_were_all(count: int, others: int) -> None:
    """A rule evaluated for some nodes reports all of them that break it, and no others."""
    store = ox.Store()
    store.extend(untyped(4 * PORTION, ox.NamedNode))
    predicate = ox.NamedNode("http://e/says")
    store.extend(
        ox.Quad(ox.NamedNode(f"http://e/{n}"), predicate, ox.Literal(n)) for n in range(others)
    )
    focus = {f"http://localhost:8000/id/policy/1-{number:05}" for number in range(1, 1 + count)}
    problems = [problem for problem, _ in rule_problems(store, focus)]
    assert {problem.place.focus for problem in problems} <= focus
    assert len(problems) == 2 * min(count, MOST)


def test_a_deprecated_term_is_reported_once_with_all_that_replaces_it() -> None:
    """A term that two terms replace makes one problem, whose remedy names both."""
    folder = Path(__file__).parent / "rules" / "deprecated-term"
    problems = rule_problems(stored(folder / "invalid.property-class-and-concept.trig"))
    remedies = [problem.remedy.partition(" `")[0] for problem, _ in problems]
    assert remedies == ["Remove it.", "Use kind#new.", "Use newName and otherName."]
