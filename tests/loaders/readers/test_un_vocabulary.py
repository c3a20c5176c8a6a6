"""The UN's vocabulary beside the bundled goals, targets and indicators."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from urbansdg.store import GraphStore

Command = Callable[..., subprocess.CompletedProcess[str]]
_LABELS = """PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX sdg: <http://metadata.un.org/sdg/>
PREFIX usdg: <https://w3id.org/urbansdg/ontology#>
SELECT ?label { GRAPH ?graph { sdg:11.2 %s ?label } FILTER(LANG(?label) = "en") }"""


@pytest.fixture(scope="module")
def loaded(
    bundled: Path, tmp_path_factory: pytest.TempPathFactory, shared: Path, urbansdg: Command
) -> Path:
    """Return a graph with the bundled data and the UN's vocabulary; nobody changes it."""
    graph = Path(shutil.copytree(bundled, tmp_path_factory.mktemp("loaded") / "graph"))
    done = urbansdg("load", shared / "data" / "un-sdg-kos", "--data-dir", graph)
    assert done.returncode == 0, done.stderr
    return graph


def _query_lines(urbansdg: Command, folder: Path, query: str) -> list[str]:
    done = urbansdg("query", "-", "--data-dir", folder, "--format", "csv", stdin=query)
    return done.stdout.splitlines()[1:]


def test_the_official_wording_stands_beside_the_short_name(
    bundled: Path, loaded: Path, urbansdg: Command
) -> None:
    """The UN's wording is the preferred label, and our short name stays what it was."""
    assert _query_lines(urbansdg, bundled, _LABELS % "skos:prefLabel") == []
    ours = _query_lines(urbansdg, bundled, _LABELS % "usdg:shortName")
    official = _query_lines(urbansdg, loaded, _LABELS % "skos:prefLabel")
    assert len(ours) == len(official) == 1
    assert "safe, affordable, accessible and sustainable transport" in official[0]
    assert _query_lines(urbansdg, loaded, _LABELS % "usdg:shortName") == ours


def test_every_bundled_code_is_in_the_unions_hierarchy_once(
    loaded: Path, urbansdg: Command
) -> None:
    """The bundled hierarchy and the UN's agree: a target has one goal, with both loaded."""
    query = """PREFIX sdgo: <http://metadata.un.org/sdg/ontology#>
    SELECT ?target (COUNT(DISTINCT ?goal) AS ?goals) { ?target sdgo:isTargetOf ?goal }
    GROUP BY ?target"""
    rows = _query_lines(urbansdg, loaded, query)
    assert len(rows) == 169
    assert {row.rpartition(",")[2] for row in rows} == {"1"}


def test_bundled_data_brought_up_to_date_changes_nothing(loaded: Path, urbansdg: Command) -> None:
    """The order of loads does not matter: init after the UN's vocabulary changes nothing."""
    number = GraphStore.open(loaded).current_number()
    done = urbansdg("init", "--example", "--data-dir", loaded)
    assert done.stdout.startswith("Nothing to change")
    assert GraphStore.open(loaded).current_number() == number
