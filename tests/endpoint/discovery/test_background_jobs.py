"""What the catalogue needs of a version is made before anybody asks, and nobody waits for it."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.server import Start, http_client


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
        edition = graph / "catalogue" / "editions" / "1" / "edition.json"
        history = graph / "catalogue" / "history" / "1" / "history.json"
        for path in ("/id/city/never", "/doc/city/never"):
            assert client.get(path).status_code == 404
        assert not edition.exists()  # the answers did not wait for what is still being made
        _await(edition)
        assert history.exists()
        assert client.get("/dataset").status_code == 200
        file = tmp_path / "told.nt"
        file.write_text('<urn:a> <http://schema.org/name> "A" .\n', "utf-8")
        urbansdg("load", file, "--data-dir", graph)
        _await(graph / "catalogue" / "history" / "2" / "history.json")


def _await(path: Path) -> None:
    """Wait until something is made."""
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} is not made"
        time.sleep(0.05)
