"""The benchmark runs, small."""

import importlib
import re
import shutil
import sys
from pathlib import Path

import httpx
import pytest
from pyoxigraph import QueryBoolean, Store

from tests.support.benchmark_run import run_benchmark
from urbansdg.ontology.iris import Iris

_SERVER = Path(sys.executable).parent / "oxigraph"
_IRIS = Iris("http://localhost:8000")


def test_every_task_has_answers_in_the_dataset(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The invented graph answers every question of the benchmark with something."""
    monkeypatch.syspath_prepend(str(root))
    write_dataset = importlib.import_module("benchmarks.synthetic_dataset").write_dataset
    tasks = importlib.import_module("benchmarks.query_tasks").tasks
    write_dataset(tmp_path / "invented.nt", _IRIS, 2_000)
    store = Store()
    store.bulk_load(path=str(tmp_path / "invented.nt"))
    for task in tasks(_IRIS, 2_000):
        assert any(_rows(store, query) for query in task.queries), task.name


def _rows(store: Store, query: str) -> int:
    results = store.query(query)
    return 0 if isinstance(results, QueryBoolean) else sum(1 for _ in results)


@pytest.mark.long
@pytest.mark.skipif(
    not _SERVER.exists(), reason="Oxigraph's server is not installed (dependency group `bench`)"
)
@pytest.mark.skipif(shutil.which("wrk") is None, reason="the load generator wrk is not installed")
def test_the_benchmark_gives_ratios(root: Path) -> None:
    """The benchmark asks every server and gives a ratio for each, then what the workers cost."""
    small = ("--policies", "50", "--rounds", "1", "--seconds", "1", "--only", "box")
    alone = ("--without", "virtuoso", "rdflib")
    text = run_benchmark(root, "sparql_rate", *small, *alone)
    lines = [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]
    start = next(at for at, line in enumerate(lines) if line[0] == "task")
    rows = lines[start + 1 : start + 3]
    assert [row[:2] for row in rows] == [["box", "1"], ["box", "8"]]
    columns = "  ".join(lines[start]).split()
    first = columns.index("oxigraph")
    ours, medians = columns[2:first], columns[first + 1 : -1]
    assert ours == medians
    assert {"disk", "memory"} <= set(ours)
    assert not {"virtuoso", "rdflib"} & set(ours)
    assert all(float(cell) > 0 for row in rows for cell in row[2:-1])
    assert all(row[-1] == "0" for row in rows)
    assert [line[0] for line in lines[-2:]] == ["disk", "memory"]
    assert all(float(cell) > 0 for line in lines[-2:] for cell in line[1:])


def test_rdflib_endpoint_has_the_same_rows(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The peer rdflib-endpoint answers a question of the benchmark with as many rows as we have."""
    monkeypatch.syspath_prepend(str(root))
    peers = importlib.import_module("benchmarks.servers.peer_servers")
    tasks = importlib.import_module("benchmarks.query_tasks").tasks
    file = tmp_path / "invented.nt"
    importlib.import_module("benchmarks.synthetic_dataset").write_dataset(file, _IRIS, 50)
    store = Store()
    store.bulk_load(path=str(file))
    (query,) = next(task.queries for task in tasks(_IRIS, 50) if task.name == "aggregate")
    with peers.rdflib_endpoint(file) as peer:
        if peer is None:
            pytest.skip("; ".join(peers.missing_peers()))
        headers = {"content-type": peer.content_type, "accept": "application/sparql-results+json"}
        answer = httpx.post(peer.endpoint, content=peer.body(query), headers=headers, timeout=60)
        assert len(answer.json()["results"]["bindings"]) == _rows(store, query) > 0
