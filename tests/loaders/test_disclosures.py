"""Policies from published disclosures: CDP's of a city, and the UNDP's of local governments."""

import json
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from urbansdg.loaders import Guidance, load
from urbansdg.problems import InvalidData
from urbansdg.store import GraphStore

Command = Callable[..., subprocess.CompletedProcess[str]]
_USDG = "https://w3id.org/urbansdg/ontology#"
_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_SOLUTIONS = 125


def _loaded(graph: Path, source: Path, urbansdg: Command, *options: object) -> dict[str, Any]:
    done = urbansdg("load", source, "--data-dir", graph, "--format", "json", *options)
    assert done.returncode == 0, done.stdout
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _kinds(graph: Path, name: str) -> Counter[str]:
    store = GraphStore.open(graph)
    node = ox.NamedNode(store.iris.graph(name))
    quads = store.read(store.current()).quads_for_pattern(None, _TYPE, None, node)
    return Counter(str(quad.object).strip("<>").removeprefix(_USDG) for quad in quads)


def test_a_citys_disclosure_is_loaded_whole(graph: Path, shared: Path, urbansdg: Command) -> None:
    """All goals, actions and projects are loaded, and each amount but those told as not meant."""
    told = _loaded(graph, shared / "data" / "cdp-chicago-2025", urbansdg)
    kinds = _kinds(graph, "cdp-2025-3203")
    assert (kinds["CityGoal"], kinds["Policy"]) == (5, 5 + 16)
    codes = Counter(problem["code"] for problem in told["problems"])
    assert kinds["Budget"] + codes["no-amount"] + codes["doubtful-amount"] == 5 + 16
    doubtful = next(each for each in told["problems"] if each["code"] == "doubtful-amount")
    assert doubtful["place"]["path"] == "/governmentActions/projects/8/totalAmount"
    store = GraphStore.open(graph)
    node = ox.NamedNode(store.iris.graph("cdp-2025-3203"))
    quads = store.read(store.current()).quads_for_pattern(None, None, None, node)
    texts = {quad.object.value for quad in quads if isinstance(quad.object, ox.Literal)}
    assert not [text for text in texts if "\\n" in text]
    assert "3200000000" in texts


def test_every_solution_is_a_policy_or_has_a_reason(
    graph: Path, shared: Path, tmp_path: Path, urbansdg: Command
) -> None:
    """Each solution becomes a policy or a warning with its line, and a choice makes it a policy."""
    source, choices = shared / "data" / "undp-local-government", tmp_path / "choices.csv"
    told = _loaded(graph, source, urbansdg, "--resolve", choices)
    left = [problem for problem in told["problems"] if problem["code"] == "no-city"]
    policies = _kinds(graph, "solutions-local-government-125-redacted")["Policy"]
    assert policies >= 4
    assert len({problem["place"]["line"] for problem in left}) == _SOLUTIONS - policies
    table = choices.read_text("utf-8").replace(
        "30km/h Streets,ESP,,", "30km/h Streets,ESP,3128760,"
    )
    choices.write_text(table.replace("Urban Resilience,,,", "Urban Resilience,,3128760,"), "utf-8")
    told = _loaded(graph, source, urbansdg, "--resolve", choices)
    assert _kinds(graph, "solutions-local-government-125-redacted")["Policy"] == policies + 2
    store = GraphStore.open(graph)
    policy = ox.NamedNode(store.iris.thing("policy", "3128760-undp-30km-h-streets"))
    abstract = ox.NamedNode("http://purl.org/dc/terms/abstract")
    (quad,) = store.read(store.current()).quads_for_pattern(policy, abstract, None)
    assert "75% of the city\N{RIGHT SINGLE QUOTATION MARK}s streets" in str(quad.object)


_GOVERNMENT: dict[str, list[Any]] = {"goals": [], "actions": [], "projects": []}
_WHOLE = {"name": "City of Chicago", "countryName": "United States of America"}


@pytest.fixture(scope="module")
def store(bundled: Path) -> GraphStore:
    """Return a graph that nothing is published in."""
    return GraphStore.open(bundled)


def _tried(store: GraphStore, file: Path, told: dict[str, Any]) -> list[tuple[str, str | None]]:
    file.write_text(json.dumps(told), "utf-8")
    found = load([file], store, "test", trial=True, guidance=Guidance()).problems
    return [(problem.code, problem.place.path) for problem in found]


def test_a_solution_under_a_goal_of_another_name_is_told(store: GraphStore, tmp_path: Path) -> None:
    """A misspelt goal is read by its number, and one whose name is another goal's is left out."""
    sdgs = ["10. Reduced innequalities", "13. Climate action", "11. Life on land"]
    tags = {"country": ["France"], "consent": ["https://example.org/"], "sdgs": sdgs}
    told = {"title": "Paris breathes", "tags": tags | {"thematic_areas": []}, "sections": {}}
    found = _tried(store, tmp_path / "solutions.jsonl", told)
    assert [each for each in found if each[0] in {"city-of-title", "misspelt-goal"}] == [
        ("city-of-title", "/title"),
        ("misspelt-goal", "/tags/sdgs/0"),
        ("misspelt-goal", "/tags/sdgs/2"),
    ]


def test_the_disclosure_of_an_unknown_city_is_refused(store: GraphStore, tmp_path: Path) -> None:
    """A city that the graph has not is asked for."""
    told = _WHOLE | {"name": "City of Nowhere", "disclosureYear": 2025}
    with pytest.raises(InvalidData, match="City of Nowhere") as refused:
        _tried(store, tmp_path / "1.json", told | {"governmentActions": _GOVERNMENT})
    assert [problem.code for problem in refused.value.problems] == ["unknown-city"]


def test_a_rule_that_is_broken_is_told_with_the_place_in_the_document(
    store: GraphStore, tmp_path: Path
) -> None:
    """What the shapes say of a member is told with the place of its object in the document."""
    goal = {"title": "Cool", "description": "Cool", "baseYear": 2030, "targetYear": 2025}
    told = _WHOLE | {"disclosureYear": 2025, "governmentActions": _GOVERNMENT | {"goals": [goal]}}
    with pytest.raises(InvalidData) as refused:
        _tried(store, tmp_path / "1.json", told)
    (place,) = {problem.place.path for problem in refused.value.problems}
    assert place == "/governmentActions/goals/0"
