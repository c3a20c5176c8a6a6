"""What the catalogue needs of a version is made before anybody asks, and nobody waits for it."""

import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.support.server import Start, http_client
from urbansdg.endpoint.history.change_history import read_history
from urbansdg.store import GraphStore


@pytest.mark.long
def test_a_fresh_server_keeps_nobody_waiting(
    graph: Path,
    serve: Start,
    urbansdg: Callable[..., object],
    tmp_path: Path,
) -> None:
    """What never was is not found at once; what a version needs is made though nobody asks."""
    shutil.rmtree(graph / "catalogue", ignore_errors=True)
    with serve(graph) as running, http_client(running.url) as client:
        edition = graph / "catalogue" / "editions" / "1" / "edition.json.gz"
        for path in ("/id/city/never", "/doc/city/never"):
            assert client.get(path).status_code == 404
        assert not edition.exists()  # the answers did not wait for what is still being made
        _await(edition.exists)
        assert _has_history(graph, 1)
        assert client.get("/dataset").status_code == 200
        file = tmp_path / "told.nt"
        file.write_text('<urn:a> <http://schema.org/name> "A" .\n', "utf-8")
        urbansdg("load", file, "--data-dir", graph)
        _await(partial(_has_history, graph, 2))


def _has_history(graph: Path, number: int) -> bool:
    """Return whether the history of a version is made."""
    version = GraphStore.open(graph).version(number)
    return read_history(graph / "catalogue", version) is not None


def _await(is_ready: Callable[[], bool]) -> None:
    """Wait until something is made."""
    deadline = time.monotonic() + 60
    while not is_ready():
        assert time.monotonic() < deadline, f"{is_ready} stays false"
        time.sleep(0.05)
