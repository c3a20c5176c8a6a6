"""The questions where a second source states what the bundled data states."""

import csv
import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.queries import questions
from urbansdg.store import GraphStore

pytestmark = pytest.mark.long

Command = Callable[..., subprocess.CompletedProcess[str]]
_NAMED = {
    *("framework_at_date", "hierarchy_of_goal", "matching_cooperation", "targets_without_policy")
}
"""Questions whose answers have the UN's wording once it is loaded."""

_OTHERWISE = {"changes_of_versions", "cities_within_distance"}
"""Those that are about loads, and about positions."""


def _answers(folder: Path) -> dict[str, list[tuple[str, ...]]]:
    graph = GraphStore.open(folder)
    store = graph.read(graph.current())
    answers: dict[str, list[tuple[str, ...]]] = {}
    for question in questions():
        rows = store.query(
            question.text, use_default_graph_as_union=True, base_iri=f"{graph.iris.base}/"
        )
        assert isinstance(rows, ox.QuerySolutions)
        content = (rows.serialize(format=ox.QueryResultsFormat.CSV) or b"").decode()
        answers[question.name] = [tuple(row) for row in csv.reader(io.StringIO(content))]
    return answers


def test_a_second_source_adds_no_row(
    bundled: Path, graph: Path, shared: Path, urbansdg: Command
) -> None:
    """With the UN's vocabulary and Natural Earth, no question repeats a row or gains one."""
    for source in ("un-sdg-kos", "natural-earth"):
        done = urbansdg("load", shared / "data" / source, "--data-dir", graph)
        assert done.returncode == 0, done.stderr
    before, after = _answers(bundled), _answers(graph)
    for name, rows in after.items():
        assert len(set(rows)) == len(rows), name
        if name not in _NAMED | _OTHERWISE:
            assert rows == before[name], name
