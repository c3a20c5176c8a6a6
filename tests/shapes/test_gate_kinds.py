"""Inputs of the kinds that the gate judges, beyond the collected cases, get their verdicts."""

import json
from pathlib import Path
from typing import TypedDict

import pyoxigraph as ox
import pytest

from tests.shapes.test_gate_cases import CaseNodes
from urbansdg.shapes import validate_change
from urbansdg.store import GraphStore

_GRAPH = ox.NamedNode("http://localhost:8000/graph/case")


class GateInput(TypedDict, total=False):
    """An input: the valid document with pieces replaced or triples added, or other triples."""

    name: str
    verdict: str
    replace: list[list[str]]
    add: str
    only: str


_FILE = json.loads(Path(__file__).with_name("gate_kinds.json").read_text("utf-8"))
_INPUTS: list[GateInput] = _FILE["inputs"]


@pytest.fixture(scope="module")
def graph(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> ox.Store:
    """Return a copy of the bundled graph, in which each input has a graph of its own in turn."""
    store = GraphStore.open(bundled)
    path = tmp_path_factory.mktemp("gate") / "graph"
    store.read(store.current()).backup(str(path))
    return ox.Store(str(path))


def _turtle(given: GateInput) -> str:
    text: str = given.get("only") or f"{_FILE['valid']}\n{given.get('add', '')}"
    for old, new in given.get("replace", []):
        assert text.count(old) == 1
        text = text.replace(old, new)
    return f"{_FILE['prefixes']}\n{text}"


@pytest.mark.parametrize("given", _INPUTS, ids=lambda given: given["name"])
def test_an_input_gets_its_verdict(graph: ox.Store, given: GateInput) -> None:
    """An input is refused, warned of, caught in either way, or valid, as the file says."""
    base = "http://localhost:8000/id/"
    parsed = ox.parse(_turtle(given), format=ox.RdfFormat.TURTLE, base_iri=base)
    quads = [ox.Quad(quad.subject, quad.predicate, quad.object, _GRAPH) for quad in parsed]
    graph.remove_graph(_GRAPH)
    graph.extend(quads)
    subjects = {quad.subject for quad in quads}
    named = frozenset(node.value for node in subjects if isinstance(node, ox.NamedNode))
    report = validate_change(graph, CaseNodes(named, len(named) < len(subjects)))
    result = "refuse" if not report.conforms else "warn" if report.problems else "valid"
    caught = {"refuse", "warn"} if given["verdict"] == "caught" else {given["verdict"]}
    assert result in caught, [problem.message for problem in report.problems]
