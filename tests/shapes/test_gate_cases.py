"""The collected cases of plausible wrong data (../shared/cases/gate) get their verdicts."""

import re
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.shapes import validate_change
from urbansdg.store import GraphStore

_FOLDER = Path(__file__).resolve().parents[3] / "shared" / "cases" / "gate"
_CASES = sorted(_FOLDER.glob("*.ttl"))
_GRAPH = ox.NamedNode("http://localhost:8000/graph/case")
_OF_OLD_TERMS = {"rule.deprecated-term", "rule.identity-merges"}
"""The cases have terms of ontology 0.3.0, which are accepted with a warning."""
_ALLOWED = {
    "refuse": {"refuse"},
    "warn": {"warn"},
    "caught": {"refuse", "warn"},
    "valid": {"valid"},
}


@dataclass(frozen=True)
class CaseNodes:
    """The nodes that a case changes."""

    subjects: frozenset[str]
    nameless: bool
    graphs: frozenset[str] = frozenset({_GRAPH.value})
    suspects: frozenset[str] | None = None


@pytest.fixture(scope="module")
def graph(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> ox.Store:
    """Return a copy of the bundled graph for the cases to be put in, one after the other."""
    store = GraphStore.open(bundled)
    path = tmp_path_factory.mktemp("gate") / "graph"
    store.read(store.current()).backup(str(path))
    return ox.Store(str(path))


@pytest.mark.skipif(not _CASES, reason="the collected cases (../shared/cases) are not here")
@pytest.mark.parametrize("file", _CASES, ids=lambda file: file.stem)
def test_a_collected_case_gets_its_verdict(graph: ox.Store, file: Path) -> None:
    """A case is refused, warned of or accepted as its second line says."""
    verdict = re.search(r"^# expected: (\w+)", file.read_text("utf-8"), re.MULTILINE)
    assert verdict
    base = "http://localhost:8000/"
    parsed = ox.parse(path=str(file), format=ox.RdfFormat.TURTLE, base_iri=base)
    quads = [ox.Quad(quad.subject, quad.predicate, quad.object, _GRAPH) for quad in parsed]
    graph.remove_graph(_GRAPH)
    graph.extend(quads)
    subjects = {quad.subject for quad in quads}
    named = frozenset(node.value for node in subjects if isinstance(node, ox.NamedNode))
    report = validate_change(graph, CaseNodes(named, len(named) < len(subjects)))
    problems = [problem for problem in report.problems if problem.code not in _OF_OLD_TERMS]
    result = "refuse" if not report.conforms else "warn" if problems else "valid"
    assert result in _ALLOWED[verdict[1]], [problem.message for problem in problems]
