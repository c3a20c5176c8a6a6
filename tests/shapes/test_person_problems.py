"""Persons: golden cases in TriG, with the exact report beside an invalid one or a warning."""

import json
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.errors import Severity
from urbansdg.loaders.rdf.parser_process import suspected
from urbansdg.ontology.personal_data import CODE, TRACE
from urbansdg.shapes import validate_change
from urbansdg.shapes.person_problems import personal_data_problems
from urbansdg.store import Touched

CASES = sorted((Path(__file__).parent / "person_problems").glob("*.trig"))
_KIM = "http://localhost:8000/id/kim"
_VCARD = "http://www.w3.org/2006/vcard/ns#"
_FOAF = "http://xmlns.com/foaf/0.1/"


def _stored(file: Path) -> ox.Store:
    store = ox.Store()
    store.load(path=str(file), format=ox.RdfFormat.TRIG)
    return store


def _expected(file: Path) -> list[dict[str, str]]:
    report = file.with_suffix(".report.json")
    return json.loads(report.read_text("utf-8")) if report.exists() else []


def _reported(store: ox.Store, focus: set[str] | None = None) -> list[dict[str, str | None]]:
    return [
        {"code": problem.code, "focus": problem.place.focus, "path": problem.place.path}
        for problem, _ in personal_data_problems(store, focus)
    ]


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_a_person_is_recognised_by_the_data(file: Path) -> None:
    """The report says exactly what the golden file says, of all things and of the named ones."""
    expected, store = _expected(file), _stored(file)
    assert bool(expected) != file.name.startswith("valid.")
    assert _reported(store) == expected
    named = {quad.subject.value for quad in store if isinstance(quad.subject, ox.NamedNode)}
    assert _reported(store, named) == expected
    padded = named | {f"urn:other:{number}" for number in range(1_000)}
    assert _reported(store, padded) == expected


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_a_problem_repeats_no_personal_data_and_says_what_to_do(file: Path) -> None:
    """A problem has a message and a remedy, and no value: problems are logged."""
    for problem, _ in personal_data_problems(_stored(file)):
        warns = file.name.startswith("warning.")
        assert problem.severity is (Severity.WARNING if warns else Severity.VIOLATION)
        assert problem.value is None
        assert "Minsu" not in problem.message
        assert problem.remedy is not None
        assert problem.remedy.startswith(("Remove", "Give"))


def test_a_person_without_an_iri_is_found_in_the_graphs_of_the_change() -> None:
    """A blank node is refused as a thing with an IRI is, and only where the change has been."""
    store = ox.Store()
    person = ox.Quad(
        ox.BlankNode(), ox.NamedNode(f"{_FOAF}phone"), ox.Literal("1"), ox.NamedNode("urn:press")
    )
    store.add(person)
    for graphs, count in ((("urn:press",), 1), (("urn:other",), 0)):
        assert len(list(personal_data_problems(store, {"urn:x"}, graphs))) == count


def test_a_declaration_is_refused_that_makes_persons_of_what_is_there() -> None:
    """A change that calls a class a class of persons is judged with the things of that class."""
    store = ox.Store()
    text = f"""
        <urn:x> a <urn:Staff> .
        <urn:Staff> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <{_FOAF}Person> ."""
    store.load(text.encode(), ox.RdfFormat.TURTLE, to_graph=ox.NamedNode("urn:g"))
    assert [problem["focus"] for problem in _reported(store, {"urn:Staff"})] == ["urn:x"]


def test_the_trace_shows_in_the_lines_of_every_address(tmp_path: Path) -> None:
    """N-Triples with an address leave the trace; without it, no property is looked through."""
    file = tmp_path / "some.nt"
    file.write_text(f"<{_KIM}> <urn:ask> <mailto:kim@city.example> .\n", "utf-8")
    assert set(suspected(file, {CODE: TRACE})) == {CODE}
    office = tmp_path / "office.nt"
    office.write_text(f"<{_KIM}> <{_VCARD}hasEmail> <mailto:night@city.example> .\n", "utf-8")
    assert set(suspected(office, {CODE: TRACE})) == set()
    store = ox.Store()
    store.load(path=str(file), format=ox.RdfFormat.N_TRIPLES)
    assert list(personal_data_problems(store, None, (), frozenset())) == []
    assert len(list(personal_data_problems(store, None, (), frozenset({CODE})))) == 1


def test_the_gate_refuses_a_person_once(root: Path) -> None:
    """A change with a person and a consent does not conform, and the person is one problem."""
    file = root / "tests" / "shapes" / "person_problems" / "invalid.person-and-consent.trig"
    store = _stored(file)
    graph = "http://localhost:8000/graph/press"
    touched = Touched(frozenset({graph}), frozenset({_KIM, "http://localhost:8000/id/consent"}))
    report = validate_change(store, touched)
    assert not report.conforms
    assert [problem.code for problem in report.problems] == ["personal-data.person"]
