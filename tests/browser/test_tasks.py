"""Fifteen tasks of three people in Chromium, from the home page to the answer.

A city officer, a researcher and a statistician of the United Nations each have five. Every task is
walked twice: on a wide window with scripts, and on a phone without. Tasks whose real data are
missing run on the example.
"""

import json
from pathlib import Path
from typing import Final

import pytest

from tests.support.chromium import run_in_chromium
from tests.support.server import Server

pytestmark = pytest.mark.long

_HERE = Path(__file__).resolve().parent

Steps = tuple[tuple[str, ...], ...]

_OFFICER: Final[dict[str, Steps]] = {
    # "What did other cities do against congestion, what did it cost, whom do I ask?"
    "officer-congestion": (
        ("search", "traffic congestion"),
        ("reads", "Stockholm congestion tax"),
        ("follow", "London Congestion Charge"),
        ("reads", "£160,000,000"),
        ("search", "night buses"),
        ("follow", "Night buses for Haneul"),
        ("reads", "₩480,000"),
        ("follow", "Night bus office of Haneul"),
    ),
    # "Which cities are like mine, and what have they that we lack?"
    "officer-similar-cities": (
        ("follow", "=Compare"),
        ("choose", "Add a city", "Haneul"),
        ("press", "Compare"),
        ("reads", "Bada (example city)"),
        ("choose", "Add a city", "Bada"),
        ("press", "Compare"),
        ("reads", "512,400"),
        ("reads", "455,800"),
    ),
    # "Buses, in Korean: 버스."
    "officer-korean": (
        ("open", "Language"),
        ("follow", "=한국어"),
        ("search", "버스"),
        ("reads", "서울"),
        ("follow", "Public transport reform of 2004"),
        ("reads", "서울"),
        ("reads", "2004"),
    ),
    # "Who offers what my city looks for?"
    "officer-cooperation": (
        ("follow", "=Cooperation board"),
        ("choose", "Theme", "Transport"),
        ("press", "Show"),
        ("reads", "From one night line to a network"),
        ("reads", "Shared themes: Transport"),
        ("reads", "office@bada.example"),
    ),
    # "What went wrong elsewhere, and what helped?"
    "officer-obstacles": (
        ("follow", "=Questions"),
        ("follow", "Which obstacles did policies on a theme meet"),
        ("choose", "theme", "Transport"),
        ("press", "Show"),
        ("reads", "Too few drivers wanted to work at night"),
        ("reads", "A bonus for hours at night"),
    ),
}
_RESEARCHER: Final[dict[str, Steps]] = {
    # "Budgets for 11.2 by year as a chart, its CSV and its citation."
    "researcher-budgets": (
        ("follow", "=Questions"),
        ("follow", "How much is budgeted for a target in each year"),
        ("choose", "target", "11.2"),
        ("press", "Show"),
        ("reads", "Cite as"),
        ("saves", "CSV", "2017,183700000"),
        ("follow", "=Lines"),
        ("shows", "2020"),
    ),
    # "A query of my own, as a table and as CSV."
    "researcher-query": (
        ("follow", "=Ask in SPARQL"),
        ("query", "SELECT ?it ?kind WHERE { ?it a ?kind } ORDER BY ?it LIMIT 3"),
        ("press", "Run"),
        ("reads", "Rows: 3"),
        ("saves", "CSV", "it,kind"),
    ),
    # "My query has a mistake: where?"
    "researcher-mistake": (
        ("follow", "=Ask in SPARQL"),
        ("query", "SELECT ?it WHERE { ?it a }"),
        ("press", "Run"),
        ("reads", "line 1"),
        ("keeps", "SELECT ?it WHERE { ?it a }"),
    ),
    # "All climate policies with their cities, as a file."
    "researcher-list": (
        ("follow", "=Policies"),
        ("open", "Filters"),
        ("open", "Goal"),
        ("open", "more (Goal)"),
        ("tick", "13 Climate action"),
        ("press", "Apply"),
        ("reads", "Found: 18"),
        ("saves", "CSV", "Ultra Low Emission Zone"),
    ),
    # "Which version is this, under which licence, and where is all of it?"
    "researcher-dataset": (
        ("follow", "=Dataset"),
        ("reads", "creativecommons.org/licenses/by/4.0"),
        ("reads", "Version 1 of the graph"),
        ("saves", "all.nq.gz", ""),
    ),
}
_STATISTICIAN: Final[dict[str, Steps]] = {
    # "Which regions have nothing for 11.2?"
    "un-gaps": (
        ("follow", "=Goals"),
        ("follow", "Sustainable cities and communities"),
        ("follow", "11.2"),
        ("reads", "No policy yet in: Northern Africa"),
        ("reads", "Caribbean"),
        ("reads", "Policies 23"),
    ),
    # "The indicators of 11.2: tier, custodian, values."
    "un-indicator": (
        ("search", "11.2"),
        ("follow", "Accessible and affordable transport for all"),
        ("reads", "Tier 1"),
        ("reads", "United Nations Human Settlements Programme"),
        ("follow", "11.2.1"),
        ("reads", "81.5"),
    ),
    # "Totals of goal 11, and its completed policies as CSV."
    "un-totals": (
        ("follow", "11 Sustainable cities and communities"),
        ("reads", "Policies 34"),
        ("reads", "With a budget 20"),
        ("choose", "Status", "Completed"),
        ("press", "Filter"),
        ("saves", "Download as CSV", "TransMilenio"),
    ),
    # "What does a country do?"
    "un-country": (
        ("search", "Republic of Korea"),
        ("follow", "=Republic of Korea"),
        ("reads", "Policies 7"),
        ("reads", "Cheonggyecheon restoration"),
        ("follow", "=Seoul"),
        ("reads", "9,586,195"),
    ),
    # "Which targets has nobody a policy for?"
    "un-targets-without-policy": (
        ("follow", "=Questions"),
        ("follow", "Which targets of a goal are not addressed"),
        ("choose", "goal", "11"),
        ("press", "Show"),
        ("reads", "Care for the heritage of culture and nature"),
        ("follow", "Care for the heritage of culture and nature"),
        ("reads", "Policies 0"),
    ),
}
_TASKS: Final = _OFFICER | _RESEARCHER | _STATISTICIAN
_MODES: Final = {"with scripts": (True, 1280), "without scripts": (False, 390)}


@pytest.fixture(scope="module")
def walked(serving: Server) -> dict[tuple[str, bool], str]:
    """Return what went wrong in each task, with and without scripts; "" where nothing did."""
    serving.index()
    tasks = [
        {"name": name, "script": script, "width": width, "steps": steps}
        for name, steps in _TASKS.items()
        for script, width in _MODES.values()
    ]
    reports = run_in_chromium(_HERE / "walk.cjs", serving.url, stdin=json.dumps(tasks))
    return {(report["name"], report["script"]): report["wrong"] for report in reports}


def test_each_person_has_five_tasks() -> None:
    """An officer, a researcher and a statistician have five tasks each."""
    assert [len(of) for of in (_OFFICER, _RESEARCHER, _STATISTICIAN)] == [5, 5, 5]


@pytest.mark.timeout(1000)
@pytest.mark.parametrize("mode", _MODES)
@pytest.mark.parametrize("task", _TASKS)
def test_a_task_leads_from_the_home_page_to_its_answer(
    walked: dict[tuple[str, bool], str], task: str, mode: str
) -> None:
    """A person finds the answer by links and forms, with and without scripts."""
    wrong = walked[task, _MODES[mode][0]]
    assert wrong == "", wrong
