"""The merge of a fork, kept up with a change (`urbansdg.sparql.datasets.graph_merge`).

A small change settles its own triples one by one. What brings a large part of the graph is loaded
into the merge in bulk, because the engine then writes sorted files, and the merge is counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from urbansdg.ontology.rdf import rdf_dataset
from urbansdg.sandbox.temporary_folder import TemporaryFolder
from urbansdg.sparql.datasets.graph_merge import settle

_BATCH: Final = 10_000
_SHARE: Final = 10
"""From a tenth of the merge on, loading in bulk and counting is faster than settling triples."""

_BYTES_PER_TRIPLE: Final = 100
"""So long is a line of our N-Triples, roughly."""


@dataclass(slots=True)
class MergeUpdate:
    """The merge of a draft while a change is put in; `size` is how many triples it has so far."""

    draft: ox.Store
    size: int
    loaded: set[str] = field(default_factory=set)
    """The graphs of which all is in the merge already, by IRI."""
    _waiting: list[ox.Quad] = field(default_factory=list)
    _is_counted: bool = True

    def note(self, quad: ox.Quad) -> None:
        """Settle the triple of a quad that a graph has gained or lost, at last with `total`."""
        self._waiting.append(quad)
        if len(self._waiting) >= _BATCH:
            self._settle()

    def is_bulk(self, triples: int) -> bool:
        """Return whether so many new triples go into the merge in bulk."""
        return triples >= _BATCH and triples * _SHARE >= self.size

    def loads(self, files: Iterable[Path]) -> bool:
        """Return whether files of N-Triples go into the merge in bulk."""
        return self.is_bulk(sum(file.stat().st_size for file in files) // _BYTES_PER_TRIPLE)

    def load(self, file: Path) -> None:
        """Load a file of N-Triples that a parser wrote."""
        self._is_counted = False
        self.draft.bulk_load(path=str(file), format=ox.RdfFormat.N_TRIPLES, lenient=True)

    def add_graph(self, graph: ox.NamedNode | ox.BlankNode) -> None:
        """Load a graph that is new."""
        with TemporaryFolder() as folder:
            file = Path(folder) / "graph.nt"
            self.draft.dump(str(file), ox.RdfFormat.N_TRIPLES, from_graph=graph)
            self.load(file)

    def total(self) -> int:
        """Settle what is noted, and return how many triples the merge has."""
        self._settle()
        if not self._is_counted:
            self.size, self._is_counted = count(self.draft), True
        return self.size

    def _settle(self) -> None:
        self.size += settle(self.draft, self._waiting)
        self._waiting.clear()


def rebuild_merge(store: ox.Store) -> int:
    """Make the merge of a store anew, and return how many triples it has."""
    store.clear_graph(ox.DefaultGraph())
    with TemporaryFolder() as folder:
        file = Path(folder) / "graphs.nt"
        with file.open("wb") as lines:
            for graph in store.named_graphs():
                store.dump(lines, ox.RdfFormat.N_TRIPLES, from_graph=graph)
        store.bulk_load(path=str(file), format=ox.RdfFormat.N_TRIPLES, lenient=True)
    return count(store)


def count(store: ox.Store) -> int:
    """Count the triples of the merge of a store; the engine reads all of it."""
    return rdf_dataset.count(store, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
