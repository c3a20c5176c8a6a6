"""A migration: updates of ours that rewrite every graph with data of an earlier ontology."""

from collections.abc import Callable
from dataclasses import replace

import pyoxigraph as ox
import pytest

from urbansdg.store import Change, Gate, GraphStore, Published, Unchanged
from urbansdg.store.changes.migration import migrate

_RENAME = """
    PREFIX e: <http://e/>
    DELETE { GRAPH ?g { ?s e:says ?o } } INSERT { GRAPH ?g { ?s e:states ?o } }
    WHERE { GRAPH ?g { ?s e:says ?o } } ;
    DELETE { GRAPH ?g { ?s e:states "old" } } INSERT { GRAPH ?g { ?s e:states "new" } }
    WHERE { GRAPH ?g { ?s e:states "old" } }"""
MakeChange = Callable[..., Change]
Triple = Callable[[int, object], str]


def _migration(change: Change) -> Change:
    return replace(change, migration=(_RENAME,))


def test_a_migration_rewrites_the_graphs_of_others_in_one_version(
    graph_store: GraphStore, make_change: MakeChange, let_through: Gate, triple: Triple
) -> None:
    """All operations run on each graph; the version names those that changed, with their source."""
    graph_store.publish(make_change(triple(1, "old"), "one"), let_through)
    graph_store.publish(make_change(triple(2, "more"), "two"), let_through)
    before = graph_store.current()
    change = _migration(make_change("<http://e/3> <http://e/states> <http://e/1> .\n", "own"))
    outcome = graph_store.publish(change, let_through)
    assert isinstance(outcome, Published)
    assert outcome.migrated == {f"{graph_store.base}/graph/{name}" for name in ("one", "two")}
    assert (outcome.version.number, outcome.added, outcome.removed) == (3, 3, 2)
    state = graph_store.read(outcome.version)
    stated = state.quads_for_pattern(None, ox.NamedNode("http://e/states"), None)
    assert {str(quad.object) for quad in stated} == {'"new"', '"more"', "<http://e/1>"}
    one = f"{graph_store.base}/graph/one"
    assert outcome.version.graphs[one] == before.graphs[one]


def test_a_migration_twice_changes_nothing(
    graph_store: GraphStore, make_change: MakeChange, let_through: Gate, triple: Triple
) -> None:
    """A change with the same sources is unchanged, unless a graph has data to rewrite."""
    change = _migration(make_change(triple(1, "old"), "own"))
    graph_store.publish(change, let_through)
    assert isinstance(graph_store.publish(change, let_through), Unchanged)
    graph_store.publish(make_change(triple(2, "old"), "later"), let_through)
    assert isinstance(graph_store.publish(change, let_through), Published)
    assert isinstance(graph_store.publish(change, let_through), Unchanged)


@pytest.mark.parametrize(
    "update",
    [
        "CLEAR ALL",
        "INSERT DATA { GRAPH <http://e/g> { <http://e/1> <http://e/says> 1 } }",
        "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    ],
)
def test_an_update_that_does_not_name_its_graph_is_refused(update: str) -> None:
    """An update is an error of ours if it has no pattern, or does not bind ?g."""
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("http://e/1"), ox.NamedNode("http://e/says"), ox.Literal("a")))
    with pytest.raises(ValueError, match="migration"):
        migrate((update,), store)
