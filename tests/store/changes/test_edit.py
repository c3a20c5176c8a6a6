"""Edits: which graphs an update may write to, as its text says."""

import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.store import Change, Edit, GraphStore, Published, Step
from urbansdg.store.publication import accept

_OTHER = "http://localhost:8000/graph/other"
_MINE = "http://localhost:8000/graph/mine"


def _permit(_: frozenset[str]) -> None:
    """Let everything be written."""


@pytest.mark.parametrize(
    ("text", "graphs"),
    [
        ("INSERT DATA { <urn:a> <urn:b> 1 }", {"default"}),
        ("INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } }", {"default", "urn:g"}),
        ("with#x\n<urn:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", {"default", "urn:g"}),
        ("DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }", None),
        ("CLEAR ALL", None),
        ("ADD <urn:a> TO <urn:b>", {"urn:a", "urn:b"}),
        ("CLEAR SILENT DEFAULT ; drop graph <urn:b>", {"default", "urn:b"}),
        ("DROP NAMED", None),
        ("PREFIX : <urn:> INSERT DATA { GRAPH :g { <urn:a> <urn:b> 1 } }", None),
    ],
)
def test_the_text_of_an_update_says_which_graphs_it_writes(
    text: str, graphs: set[str] | None
) -> None:
    """The graphs an update may write to are those it names, or any where it does not say."""
    assert Step("update", text=text).written() == (None if graphs is None else frozenset(graphs))


@pytest.mark.parametrize(
    "graph",
    [
        f"GRAPH <{_OTHER}>",
        f"gRaPh<{_OTHER}>",
        f"GRAPH # <{_MINE}>\n <{_OTHER}>",
        "GRAPH <graph/other>",
        "GRAPH <http://localhost:8000/graph/x/../other>",
        "GRAPH <http://localhost:8000/graph/./other>",
        "GRAPH <http://localhost:8000/graph/oth\\u0065r>",
        "GRAPH s:other",
        "GRAPH <//localhost:8000/graph/other>",
    ],
)
def test_no_spelling_of_a_graph_gets_past_the_permission(
    bundled: Path, tmp_path: Path, graph: str
) -> None:
    """However an update spells a graph, the permission is asked for the graph it writes to."""
    store = GraphStore.open(Path(shutil.copytree(bundled, tmp_path / "graph")))
    data = f"{graph} {{ <urn:a> <urn:b> 1 }} GRAPH <{_MINE}> {{ <urn:a> <urn:b> '<' }}"
    text = f"PREFIX s: <http://localhost:8000/graph/> INSERT DATA {{ {data} }}"
    graph_iris: set[str] = set()
    steps = (Step("update", text=text, base="http://localhost:8000/"),)
    change = Change("tests", edit=Edit(steps, graph_iris.update))
    ended = store.publish(change, accept)
    written = store.read(ended.version).quads_for_pattern(ox.NamedNode("urn:a"), None, None)
    graphs = {quad.graph_name for quad in written}
    assert graphs == {ox.NamedNode(iri) for iri in graph_iris}
    assert len(graph_iris) == 2


def test_an_edited_graph_is_loaded_anew(bundled: Path, tmp_path: Path) -> None:
    """A graph that was edited comes from its source no more, so that loading it changes it back."""
    store = GraphStore.open(Path(shutil.copytree(bundled, tmp_path / "graph")))
    cities = "http://localhost:8000/graph/cities"
    text = f"INSERT DATA {{ GRAPH <{cities}> {{ <urn:a> <urn:b> 1 }} }}"
    ended = store.publish(
        Change("tests", edit=Edit((Step("update", text=text),), _permit)),
        accept,
    )
    assert isinstance(ended, Published)
    assert (ended.added, ended.removed) == (1, 0)
    before, after = store.version(1).graphs[cities], ended.version.graphs[cities]
    assert (after.triples, after.source) == (before.triples + 1, {})
