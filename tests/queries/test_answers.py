"""The answers of the questions on the bundled data, and what the checks of quality find there.

The golden answers are CSV beside this file, in `answers/`; those of times of loading are left out.
"""

import csv
import io
import re
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.support.example_questions import asked_of_example
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.queries import CompetencyQuestion, QualityCheck, checks, questions
from urbansdg.shapes import validate_store
from urbansdg.store import GraphStore

_ANSWERS = Path(__file__).parent / "answers"
_BASE = "http://localhost:8000/"
_VOLATILE = {"changes_of_versions": {"by", "at", "added"}}
"""Columns that say who loaded the data when, and how much: they differ from day to day."""
_FAULTS = """
@prefix coverage: <https://w3id.org/urbansdg/vocab/budget-coverage#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix sdmx-attribute: <http://purl.org/linked-data/sdmx/2009/attribute#> .
@prefix sdmx-measure: <http://purl.org/linked-data/sdmx/2009/measure#> .
@prefix sdmx-dimension: <http://purl.org/linked-data/sdmx/2009/dimension#> .
@prefix usdg: <https://w3id.org/urbansdg/ontology#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <http://localhost:8000/id/> .
:policy usdg:implementationPeriod :period ; usdg:budget :early ; usdg:claim :claim ;
    usdg:leadCity :city ; usdg:outcome :outcome .
:period usdg:startYear "2016"^^xsd:gYear ; usdg:endYear "2018"^^xsd:gYear .
:early usdg:year "2014"^^xsd:gYear ; usdg:budgetCoverage coverage:year .
:claim usdg:target :gone . :gone owl:deprecated true ; dcterms:isReplacedBy :here .
:later usdg:implementationPeriod :newer . :newer usdg:startYear "2010"^^xsd:gYear .
:later usdg:succeeds :policy .
:effect usdg:effectSize 5.0 ; usdg:unit "km"@en ; usdg:before :first ; usdg:after :last .
:first sdmx-attribute:unitMeasure "km"@en ; sdmx-measure:obsValue 10.0 .
:last sdmx-attribute:unitMeasure "km"@en ; sdmx-measure:obsValue 18.0 .
:outcome usdg:before :one ; usdg:after :two .
:one sdmx-attribute:unitMeasure "km"@en ; sdmx-dimension:refArea :city .
:two sdmx-attribute:unitMeasure "miles"@en ; sdmx-dimension:refArea :elsewhere .
"""


@pytest.fixture(scope="module")
def store(bundled: Path) -> RdfDataset:
    """Return the bundled data."""
    graph = GraphStore.open(bundled)
    return graph.read(graph.current())


def _rows_of(store: RdfDataset, text: str) -> list[dict[str, str]]:
    solutions = store.query(text, base_iri=_BASE, use_default_graph_as_union=True)
    assert isinstance(solutions, ox.QuerySolutions)
    content = solutions.serialize(format=ox.QueryResultsFormat.CSV)
    return list(csv.DictReader(io.StringIO((content or b"").decode())))


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.name)
def test_a_question_has_its_answer(store: RdfDataset, question: CompetencyQuestion) -> None:
    """On the bundled data and the example a question has exactly the answer beside the test."""
    left_out = _VOLATILE.get(question.name, set())
    rows = [
        {column: value for column, value in row.items() if column not in left_out}
        for row in _rows_of(store, asked_of_example(question))
    ]
    text = (_ANSWERS / f"{question.name}.csv").read_text("utf-8")
    assert rows == list(csv.DictReader(io.StringIO(text)))
    assert rows


@pytest.mark.parametrize(
    ("question", "name", "points"),
    [
        ("completeness_of_policies", "policy", "shape.PolicyFacet"),
        ("completeness_of_cities", "city", "shape.CityFacet"),
    ],
)
def test_completeness_is_what_the_shapes_of_the_complete_profile_say(
    store: RdfDataset, question: str, name: str, points: str
) -> None:
    """The score of completeness is ten, less one for each facet that the shapes miss."""
    text = next(candidate.text for candidate in questions() if candidate.name == question)
    query = text.replace(f"SELECT DISTINCT ?{name} ", f"SELECT ?it ?{name} ", 1)
    scores = {row["it"]: int(row["score"]) for row in _rows_of(store, query)}
    problems = validate_store(store, "complete").problems
    missed = Counter(problem.place.focus for problem in problems if problem.code.startswith(points))
    assert scores == {iri: 10 - missed[iri] for iri in scores}
    assert len(set(scores.values())) > 1


def test_the_example_city_has_nothing_left_to_tell(store: RdfDataset) -> None:
    """The example city Haneul, its policies and all their parts validate by `complete`."""
    gaps = [
        (problem.code, problem.place.focus)
        for problem in validate_store(store, "complete").problems
        if re.search(r"/id/[a-z]+/example-haneul", problem.place.focus or "")
    ]
    assert gaps == []


@pytest.mark.parametrize("check", checks(), ids=lambda check: check.name)
def test_a_check_finds_what_is_wrong_and_nothing_in_the_bundled_data(
    store: RdfDataset, check: QualityCheck
) -> None:
    """A check of quality finds the fault that it is for, and none in the bundled data."""
    faulty = ox.Store()
    faulty.load(_FAULTS, format=ox.RdfFormat.TURTLE)
    assert len(_rows_of(faulty, check.text)) == 1
    assert _rows_of(store, check.text) == []
    assert check.problem.endswith(".")
    assert check.solution.endswith(".")


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.name)
def test_the_things_of_an_answer_have_its_names(
    store: RdfDataset, question: CompetencyQuestion
) -> None:
    """With things instead of names, a question has as many things as its answer has rows for."""
    base = _BASE.removesuffix("/")
    names = _rows_of(store, question.query_for(base))
    things = _rows_of(store, question.query_for_things(base))
    variables = dict(question.things)
    renamed = [variables.get(column, column) for column in question.columns]
    if things:
        assert list(things[0]) == renamed
    assert len(things) <= len(names)
    assert bool(things) == bool(names)
    for column, variable in question.things:
        assert {row[variable][:4] for row in things} <= {"http", "urn:", ""}, column
