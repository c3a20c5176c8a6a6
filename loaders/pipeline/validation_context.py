"""A temporary graph with the bundled data, for validating a source without a graph of one's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from urbansdg.sandbox.temporary_folder import TemporaryFolder
from urbansdg.store import Backend, GraphStore


@contextmanager
def bundled_graph(base: str, fill: Callable[[Backend], object]) -> Iterator[GraphStore]:
    """Yield a graph with the bundled data during the block; `fill` loads the data.

    A source is validated together with the cities, countries and targets that it refers to, which
    are in the bundled data. Raises `StoreNotWritable`.
    """
    with TemporaryFolder() as folder:
        store = GraphStore.create(Path(folder) / "graph", base)
        fill(store)
        yield store
