"""The invented graph of a benchmark, which all its servers have."""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.servers.own_servers import publish_graph
from benchmarks.synthetic_dataset import write_dataset
from urbansdg.ontology.iris import Iris
from urbansdg.store import GraphStore

BASE: Final = "http://localhost:8000"


@dataclass(frozen=True)
class InventedGraph:
    """A graph of ours, the file of its triples, and the folder of the benchmark's other files."""

    store: GraphStore
    file: Path
    folder: Path

    @property
    def name(self) -> str:
        """The IRI of the named graph that has the triples."""
        return self.store.iris.graph("invented")


@contextlib.contextmanager
def invented_graph(policies: int) -> Iterator[InventedGraph]:
    """Return a graph with so many policies, until the block ends.

    Ends the program where wrk, which sends the requests of these benchmarks, is not installed.
    """
    if shutil.which("wrk") is None:
        sys.exit("This benchmark needs the load generator wrk: apt-get install wrk.")
    with tempfile.TemporaryDirectory(prefix="urbansdg-bench-") as name:
        folder = Path(name)
        file = folder / "invented.nt"
        write_dataset(file, Iris(BASE), policies)
        yield InventedGraph(publish_graph(folder, file, BASE), file, folder)
