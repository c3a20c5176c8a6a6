"""The migration of budgets from ontology 0.3.0."""

from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest

from urbansdg.ontology.namespaces import USDG, VOCAB

_RULE: Final = Path("ontology") / "migrations" / "0.3.0-to-1.0.0" / "20-money.ru"
_BUDGET: Final = ox.NamedNode("https://city.example/budget")
_GRAPH: Final = ox.NamedNode("https://city.example/graph")


@pytest.mark.parametrize(
    ("kind", "replacements"),
    [
        (
            "total",
            {"budgetCoverage": "budget-coverage#whole-policy", "costType": "cost-type#all-costs"},
        ),
        ("annual", {"budgetCoverage": "budget-coverage#year"}),
        ("capital", {"costType": "cost-type#capital"}),
        ("operating", {"costType": "cost-type#operating"}),
    ],
)
def test_a_budget_kind_becomes_coverage_and_cost_type(
    root: Path, kind: str, replacements: dict[str, str]
) -> None:
    """Each kind is replaced, in its graph, by what it said; a second run changes nothing."""
    store = ox.Store()
    before = ox.NamedNode(f"{VOCAB}budget-kind#{kind}")
    store.add(ox.Quad(_BUDGET, ox.NamedNode(USDG.budgetKind), before, _GRAPH))
    expected = {
        ox.Quad(_BUDGET, ox.NamedNode(USDG[term]), ox.NamedNode(VOCAB + concept), _GRAPH)
        for term, concept in replacements.items()
    }
    for _ in range(2):
        store.update((root / _RULE).read_text("utf-8"))
        assert set(store) == expected
