"""The questions about money: what a policy costs, and that no amount counts twice."""

import csv
import io
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Final

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.queries import questions
from urbansdg.store import GraphStore

_QUESTIONS: Final = {question.name: question.text for question in questions()}
_PHASES, _YEARS = ("trial", "rest"), ("2020", "2021")
_COSTS: Final = {
    "all-costs": ("capital", "other", "staff"),
    "capital": ("capital",),
    "operating": ("other", "staff"),
    "staff": ("staff",),
}
"""The items that a type of cost includes; `other` is what operating costs are besides staff."""
_STAGES: Final = ("planned", "spent")
Item = tuple[str, str, str]
"""A cost of a policy: its phase, its year and what it buys."""
_ITEMS: Final = tuple(
    (phase, year, buys) for phase in _PHASES for year in _YEARS for buys in _COSTS["all-costs"]
)
_PREFIXES: Final = """
@prefix bc: <https://w3id.org/urbansdg/vocab/budget-coverage#> .
@prefix bs: <https://w3id.org/urbansdg/vocab/budget-stage#> .
@prefix ct: <https://w3id.org/urbansdg/vocab/cost-type#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix sdg: <http://metadata.un.org/sdg/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix usdg: <https://w3id.org/urbansdg/ontology#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <https://city.example/> .
bs:planned skos:prefLabel "planned"@en . bs:spent skos:prefLabel "spent"@en .
bs:estimated skos:prefLabel "estimated"@en .
:city skos:prefLabel "City"@en .
:policy dcterms:title "Policy"@en ; usdg:leadCity :city ; usdg:addressesTarget sdg:11.2 ;
    usdg:implementationPeriod :period .
:period usdg:startYear "2020"^^xsd:gYear ; usdg:endYear "2021"^^xsd:gYear .
"""


@dataclass(frozen=True)
class Budget:
    """A budget as somebody states it, and the items that its amount really includes."""

    stage: str
    coverage: str
    cost: str
    items: frozenset[Item]
    year: str = ""

    def turtle(self, number: int, amount: int, whole: int | None) -> str:
        """Return the budget in Turtle, as a part of the budget with the number `whole`."""
        link = f" ; dcterms:isPartOf :b{whole}" if whole is not None else ""
        coverage = f" usdg:budgetCoverage bc:{self.coverage} ;" if self.coverage else ""
        year = f' ; usdg:year "{self.year}"^^xsd:gYear' if self.year else ""
        return (
            f":policy usdg:budget :b{number} . :b{number} usdg:amount {amount}.0 ;"
            f' usdg:currency "EUR" ; usdg:budgetStage bs:{self.stage} ;'
            f"{coverage} usdg:costType ct:{self.cost}{year}{link} .\n"
        )


def _covered(cost: str, phase: str = "", year: str = "") -> frozenset[Item]:
    return frozenset(
        item
        for item in _ITEMS
        if item[0] in (phase or _PHASES) and item[1] in (year or _YEARS) and item[2] in _COSTS[cost]
    )


@st.composite
def _budgets(draw: st.DrawFn) -> list[Budget]:
    """Draw the budgets of a policy, which overlap as those of different sources do.

    Two phases and two parts of one stage and type of cost do not overlap, unless one is said to be
    a part of the other: this is how the model asks to state them.
    """
    budgets: list[Budget] = []
    for stage in _STAGES:
        for cost in _COSTS:
            whole, year = (
                Budget(stage, "whole-policy", cost, _covered(cost)),
                draw(st.sampled_from(_YEARS)),
            )
            yearly = Budget(stage, "year", cost, _covered(cost, year=year), year)
            phases = [Budget(stage, "phase", cost, _covered(cost, phase)) for phase in _PHASES]
            cut = draw(st.sets(st.sampled_from(sorted(_covered(cost)))))
            parts = [
                Budget(stage, "part", cost, frozenset(items))
                for items in (cut, _covered(cost) - cut)
                if items
            ]
            vague = replace(draw(st.sampled_from([yearly, *phases, *parts])), coverage="", year="")
            budgets += draw(st.lists(st.sampled_from([whole, yearly, vague]), max_size=3))
            budgets += draw(st.lists(st.sampled_from(phases + parts), max_size=3, unique=True))
    return budgets


@given(
    _budgets(),
    st.fixed_dictionaries(
        {(stage, item): st.integers(1, 9) for stage in _STAGES for item in _ITEMS}
    ),
    st.randoms(use_true_random=False),
)
def test_no_amount_counts_twice(
    budgets: list[Budget], amounts: dict[tuple[str, Item], int], chance: Random
) -> None:
    """The cost of a stage is exact where a total is stated, and else never above the truth."""
    stated = [sum(amounts[budget.stage, item] for item in budget.items) for budget in budgets]
    text = _PREFIXES
    for number, budget in enumerate(budgets):
        wholes = [
            other
            for other, including in enumerate(budgets)
            if including.stage == budget.stage and including.items > budget.items
        ]
        whole = chance.choice([*wholes, None])
        text += budget.turtle(number, stated[number], whole)
    rows = {row["stage"]: row for row in _rows("total_cost_of_policies", text)}
    assert rows.keys() == {budget.stage for budget in budgets}
    for stage, row in rows.items():
        truth = sum(amount for (at, _), amount in amounts.items() if at == stage)
        own = [
            (budget, amount)
            for budget, amount in zip(budgets, stated, strict=True)
            if budget.stage == stage
        ]
        is_total = any(
            budget.items == frozenset(_ITEMS)
            for budget, _ in own
            if budget.coverage == "whole-policy"
        )
        assert row["known"] == ("total" if is_total else "at least")
        assert max(amount for _, amount in own) <= Decimal(row["amount"]) <= truth
        assert not is_total or Decimal(row["amount"]) == truth


def test_a_part_of_an_amount_in_another_currency_does_not_count() -> None:
    """A part in dollars of a total in euros is no cost of its own."""
    text = (
        _PREFIXES
        + """
    :policy usdg:budget :all , :loan .
    :all usdg:amount 100.0 ; usdg:currency "EUR" ; usdg:budgetStage bs:planned ;
        usdg:budgetCoverage bc:whole-policy ; usdg:costType ct:all-costs .
    :loan usdg:amount 60.0 ; usdg:currency "USD" ; usdg:budgetStage bs:planned ;
        usdg:budgetCoverage bc:part ; dcterms:isPartOf :all .
    """
    )
    rows = _rows("total_cost_of_policies", text)
    assert [(row["amount"], row["currency"], row["known"]) for row in rows] == [
        ("100", "EUR", "total")
    ]


def test_amounts_without_a_coverage_do_not_add_up() -> None:
    """Of amounts that do not say what they cover, one may include the other."""
    text = _PREFIXES + "".join(
        f":policy usdg:budget :b{amount} ."
        f' :b{amount} usdg:amount {amount}.0 ; usdg:currency "EUR" .'
        for amount in (180, 250)
    )
    rows = _rows("total_cost_of_policies", text)
    assert [(row["stage"], row["amount"], row["known"]) for row in rows] == [
        ("", "250", "at least")
    ]


def test_phases_and_kinds_of_cost_add_up() -> None:
    """The capital costs of two phases and their running costs are a sum, with staff inside."""
    text = _PREFIXES + "".join(
        f""":policy usdg:budget :b{number} . :b{number} usdg:amount {amount}.0 ;
        usdg:currency "EUR" ; usdg:budgetStage bs:spent ; usdg:budgetCoverage bc:phase ;
        usdg:costType ct:{cost} .\n"""
        for number, (amount, cost) in enumerate(
            [(240, "capital"), (545, "capital"), (30, "operating"), (10, "staff")]
        )
    )
    rows = _rows("total_cost_of_policies", text)
    assert [(row["amount"], row["known"]) for row in rows] == [("815", "at least")]


@pytest.mark.parametrize(
    ("most", "budgets", "is_named"),
    [
        (100, "planned whole-policy all-costs 90", True),
        (80, "planned whole-policy all-costs 90", False),
        (100, "spent year operating 1", False),
        (100, "spent whole-policy capital 90", False),
        (100, "estimated whole-policy all-costs 150, spent whole-policy all-costs 90", True),
        (100, "estimated whole-policy all-costs 90, spent whole-policy all-costs 150", False),
        (100, "planned whole-policy all-costs 90, spent phase all-costs 150", False),
        (100, "spent whole-policy all-costs 90, planned phase all-costs 150", True),
    ],
)
def test_a_policy_is_within_means_if_its_latest_total_is(
    most: int, budgets: str, *, is_named: bool
) -> None:
    """What counts is the total at the latest stage, and whatever a later stage has already cost."""
    text = _PREFIXES
    for number, budget in enumerate(budgets.split(", ")):
        stage, coverage, cost, amount = budget.split()
        text += (
            f":policy usdg:budget :b{number} . :b{number} usdg:amount {amount}.0 ;"
            f' usdg:currency "USD" ; usdg:budgetStage bs:{stage} ;'
            f" usdg:budgetCoverage bc:{coverage} ; usdg:costType ct:{cost} .\n"
        )
    rows = _rows("policies_within_means", text, most=str(most))
    assert [row["policy"] for row in rows] == ["Policy"] * is_named


def test_upkeep_is_not_the_cost_of_a_policy(bundled: Path) -> None:
    """Green corridors of 16.3 million, with upkeep of 625,000 a year, do not cost a million."""
    graph = GraphStore.open(bundled)
    means = {"code": '"USD"', "most": "1000000", "longest": "100"}
    question = _with("policies_within_means", target="sdg:11.7", **means)
    rows = _solutions(graph.read(graph.current()), question)
    assert "Corredores Verdes" not in {row["policy"] for row in rows}


def test_questions_compute_the_total_in_one_way() -> None:
    """The sum of budgets is one and the same pattern in each question that has it."""
    start, end = (
        r"SELECT \?it \?\w+ \?currency \(MAX\(\?whole\)",
        r"GROUP BY \?it \?\w+ \?currency \}",
    )
    patterns = {
        " ".join(match[0].split())
        for text in _QUESTIONS.values()
        if (match := re.search(f"{start}.*?AS \\?stated\\).*?{end}", text, re.DOTALL))
    }
    assert len(patterns) == 1
    users = [name for name, text in _QUESTIONS.items() if "AS ?stated)" in text]
    assert {"total_cost_of_policies", "policies_within_means"} < set(users)


def _with(name: str, **values: str) -> str:
    text = _QUESTIONS[name]
    for parameter, value in values.items():
        text, count = re.subn(
            f"VALUES \\?{parameter} {{ .* }}", f"VALUES ?{parameter} {{ {value} }}", text
        )
        assert count == 1
    return text


def _rows(name: str, turtle: str, **values: str) -> list[dict[str, str]]:
    store = ox.Store()
    store.load(turtle, format=ox.RdfFormat.TURTLE)
    return _solutions(store, _with(name, **values))


def _solutions(store: RdfDataset, text: str) -> list[dict[str, str]]:
    solutions = store.query(
        text, base_iri="http://localhost:8000/", use_default_graph_as_union=True
    )
    assert isinstance(solutions, ox.QuerySolutions)
    content = solutions.serialize(format=ox.QueryResultsFormat.CSV)
    return list(csv.DictReader(io.StringIO((content or b"").decode())))
