"""What several tests of the shapes share."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.store import GraphStore


@pytest.fixture(scope="module")
def gate_graph(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> ox.Store:
    """Return a copy of the bundled graph, into which documents are put one after the other."""
    store = GraphStore.open(bundled)
    path = tmp_path_factory.mktemp("gate") / "graph"
    store.read(store.current()).store.backup(str(path))
    copy = ox.Store(str(path))
    copy.clear_graph(ox.DefaultGraph())  # no merge: tests put in graphs of their own
    return copy
