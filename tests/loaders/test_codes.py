"""Codes of cities and countries from the tables of others."""

import json
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from urbansdg.loaders import load
from urbansdg.problems import Problem
from urbansdg.store import GraphStore

Command = Callable[..., subprocess.CompletedProcess[str]]
_ITEMS_WITH_SEVERAL = 301


def _loaded(graph: Path, source: Path, urbansdg: Command) -> Counter[str]:
    done = urbansdg("load", source, "--data-dir", graph, "--format", "json")
    assert done.returncode == 0, done.stdout
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["outcome"] == "published"
    return Counter(problem["code"] for problem in told["problems"])


def test_codes_of_cities_are_loaded_but_for_those_told(
    graph: Path, shared: Path, urbansdg: Command
) -> None:
    """Items with several codes and the wrong code of Tokyo are told, and cities get their codes."""
    codes = _loaded(graph, shared / "data" / "openclimate-locode-wikidata", urbansdg)
    assert codes["several-codes"] == _ITEMS_WITH_SEVERAL
    assert (codes["wrong-link"], codes["city-not-in-graph"]) == (1, 1)


def test_codes_of_countries_are_loaded_but_for_those_told(
    graph: Path, shared: Path, urbansdg: Command
) -> None:
    """All codes of countries are loaded but the one that the table lacks."""
    codes = _loaded(graph, shared / "data" / "country-codes-m49", urbansdg)
    assert codes == {"other-code": 1}


def _problems(store: GraphStore, file: Path, text: str) -> tuple[Problem, ...]:
    file.write_text(text, "utf-8")
    return load([file], store, "test", trial=True).problems


def test_a_code_of_another_country_is_told(bundled: Path, tmp_path: Path) -> None:
    """A code that does not begin with the letters of the city's country is left out."""
    store = GraphStore.open(bundled)
    text = "LOCODE,wikidata_id,distance\nUSCHI,Q1297,\nFRCHI,Q1297,\nFRSEL,Q8684,1.5\n"
    found = _problems(store, tmp_path / "pairs.csv", text)
    assert [(each.code, each.place.row) for each in found] == [
        ("several-codes", 2),
        ("wrong-country", 4),
    ]
