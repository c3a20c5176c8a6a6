"""The graph beside which a source is validated, where nobody has one yet."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from urbansdg.store import Backend, GraphStore


@contextmanager
def bundled_graph(base: str, fill: Callable[[Backend], object]) -> Iterator[GraphStore]:
    """Give a graph with the bundled data, until the block ends; `fill` loads them.

    A source is judged with the cities, countries and targets that it refers to; the bundled data
    have these. Raises `StoreNotWritable`.
    """
    with tempfile.TemporaryDirectory(prefix="urbansdg-") as folder:
        store = GraphStore.create(Path(folder) / "graph", base)
        fill(store)
        yield store
