"""Natural Earth's places: all of them, except the rows that have no identifier of their own."""

import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.errors import Severity
from urbansdg.loaders import load
from urbansdg.store import GraphStore

pytestmark = pytest.mark.long

Command = Callable[..., subprocess.CompletedProcess[str]]
_PLACES = 7343


def test_the_places_are_loaded_except_those_known_to_be_wrong(graph: Path, shared: Path) -> None:
    """All places are loaded and validated, except the rows reported as left out or merged."""
    store = GraphStore.open(graph)
    problems = load([shared / "data" / "natural-earth"], store, "test").problems
    left_out = [
        problem
        for problem in problems
        if problem.severity is Severity.WARNING and not problem.code.startswith("rule.")
    ]
    merged = [problem for problem in problems if "is the same place" in problem.message]
    rows = {problem.place.row for problem in [*left_out, *merged]}
    quads = store.read(store.current()).quads_for_pattern(
        None,
        ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"),
        ox.NamedNode("https://w3id.org/urbansdg/ontology#City"),
        ox.NamedNode("http://localhost:8000/graph/natural-earth"),
    )
    assert len(list(quads)) == _PLACES - len(rows)
    codes = Counter(problem.code for problem in left_out)
    assert codes == {"unknown-country": 12, "wrong-coordinates": 1, "duplicate-identifier": 1}
    assert len(merged) == 5


@dataclass(frozen=True)
class Placed:
    """A graph into which the table alone was loaded, and what the command said."""

    folder: Path
    done: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def placed(
    bundled: Path, shared: Path, tmp_path_factory: pytest.TempPathFactory, urbansdg: Command
) -> Placed:
    """Load a copy of the table, in a folder without anything else of Natural Earth's."""
    room = tmp_path_factory.mktemp("placed")
    folder = Path(shutil.copytree(bundled, room / "graph"))
    source = shared / "data" / "natural-earth" / "populated_places_10m.csv"
    table = shutil.copy(source, room)
    return Placed(folder, urbansdg("load", table, "--data-dir", folder, "--all-problems"))


def test_a_place_that_has_the_identifier_of_another_is_reported(placed: Placed) -> None:
    """Santiago of Chile and Colombo, which have ids of towns in Brazil, are reported by row."""
    done = placed.done
    assert "row 7284, column GEONAMEID: Santiago (Chile) has the identifier" in done.stderr
    assert "row 6886, column GEONAMEID: Colombo (Sri Lanka) has the identifier" in done.stderr


def test_a_bundled_city_has_the_position_of_both_sources(placed: Placed, urbansdg: Command) -> None:
    """A city that the bundled data describes keeps its position, and has that of the table too."""
    assert placed.done.returncode == 0
    query = """PREFIX geo: <http://www.w3.org/2003/01/geo/wgs84_pos#>
        PREFIX graph: <http://localhost:8000/graph/>
        SELECT ?graph ?latitude { GRAPH ?graph {
          <http://localhost:8000/id/city/1835848> geo:lat ?latitude } } ORDER BY ?graph"""
    done = urbansdg("query", "-", "--data-dir", placed.folder, "--format", "csv", stdin=query)
    rows = [line.rpartition("/")[2].partition(",") for line in done.stdout.splitlines()[1:]]
    assert [graph for graph, _, _ in rows] == ["cities", "natural-earth"]
    assert len({latitude for _, _, latitude in rows}) == 2
