"""The command `serve`: from nothing to answers, however often it is killed."""

import re
import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from tests.support.command import Process, bare_environment, running
from tests.support.server import spawned

Command = Callable[..., subprocess.CompletedProcess[str]]
_WITHOUT_CHILDREN = (
    "import sys, urbansdg.cli;"
    "from urbansdg.endpoint.workers import worker_pool;"
    "worker_pool._START_SECONDS = 0.3;"
    "sys.executable = '/dev/null';"
    "urbansdg.cli.main()"
)
"""The command in a process that may not start its interpreter again."""

_COUNT = "SELECT (COUNT(*) AS ?n) { ?s a <https://w3id.org/urbansdg/ontology#Policy> }"


def _serving(folder: Path, port: int) -> AbstractContextManager[Process]:
    """Run `serve --init`, and kill all of it at the end."""
    return spawned(folder, "--init", "--port", str(port))


def _policies(port: int) -> int:
    answer = httpx.get(
        f"http://127.0.0.1:{port}/sparql",
        params={"query": _COUNT},
        headers={"accept": "text/csv"},
        timeout=30,
    )
    return int(answer.text.split()[1])


@pytest.mark.long
@pytest.mark.parametrize("seconds", [0.3, 0.9, 1.5, 2.1])
def test_a_start_that_was_killed_is_completed_by_the_next(
    tmp_path: Path, free_port: int, seconds: float
) -> None:
    """Killed at any moment of its first start, the server starts whole the next time."""
    folder = tmp_path / "graph"
    with _serving(folder, free_port):
        time.sleep(seconds)
    with _serving(folder, free_port) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Serving ")
        assert _policies(free_port) >= 24


@pytest.mark.long
def test_a_second_start_serves_what_is_stored(tmp_path: Path, free_port: int) -> None:
    """After a kill the next start serves the stored graph, and makes no new version.

    One line says how many triples and graphs are served, which version, and where.
    """
    folder = tmp_path / "graph"
    lines = []
    for _ in range(2):
        with _serving(folder, free_port) as process:
            assert process.stdout is not None
            lines.append(process.stdout.readline())
    assert lines[0] == lines[1]
    served = rf"Serving [\d,]+ triples in \d+ graphs, version 1, at http://127.0.0.1:{free_port}\n"
    assert re.fullmatch(served, lines[1])


def test_what_is_loaded_while_it_serves_is_served(
    graph: Path, tmp_path: Path, free_port: int, urbansdg: Command
) -> None:
    """A load is served by a running server within seconds, without a restart."""
    file = tmp_path / "more.ttl"
    file.write_text("<http://e/new> a <https://w3id.org/urbansdg/ontology#Policy> .", "utf-8")
    file.write_text("<http://e/new> <http://e/says> 'new' .", "utf-8")
    with _serving(graph, free_port) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert urbansdg("load", file, "--data-dir", graph).returncode == 0
        query = {"query": "ASK { <http://e/new> ?p 'new' }"}
        deadline = time.monotonic() + 60
        url = f"http://127.0.0.1:{free_port}/sparql"
        while not httpx.get(url, params=query, timeout=30).json()["boolean"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.mark.parametrize("front_ends", [pytest.param(1, marks=pytest.mark.long), 2])
def test_a_server_whose_workers_cannot_be_started_ends_with_the_reason(
    graph: Path, tmp_path: Path, free_port: int, front_ends: int
) -> None:
    """Where the system refuses to start workers, `serve` ends with status 5 and says why."""
    arguments = ("serve", "--data-dir", str(graph), "--port", str(free_port))
    environment, log = bare_environment(front_ends=front_ends), tmp_path / "log"
    with running(arguments, environment, log, program=("-c", _WITHOUT_CHILDREN)) as process:
        assert process.wait(60) == 5
        assert process.stdout is not None
        assert process.stdout.read() == ""
    text = log.read_text()
    assert "No worker could be started: " in text
    assert "Permission denied: '/dev/null'" in text
    assert "Traceback" not in text
