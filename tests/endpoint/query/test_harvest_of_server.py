"""One of our endpoints harvests another."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.support.server import Server
from urbansdg.cli.exit_codes import Exit
from urbansdg.store import GraphStore

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_a_graph_of_another_endpoint_is_harvested_whole(
    serving: Server, graph: Path, urbansdg: Command
) -> None:
    """A graph of another endpoint becomes a graph of ours, whole, with its provenance."""
    theirs = "http://localhost:8000/graph/example"
    endpoint = f"{serving.url}/sparql"
    options = ("--graph", theirs, "--into", "copied", "--page", "300", "--data-dir", graph)
    done = urbansdg("harvest", endpoint, *options)
    assert done.returncode == Exit.DONE, done.stderr
    store = GraphStore.open(graph)
    version, before = store.current(), store.version(1)
    ours = version.graphs["http://localhost:8000/graph/copied"]
    assert ours.triples == before.graphs[theirs].triples
    assert ours.source["location"] == endpoint
    assert not list((graph / "harvests").iterdir())
