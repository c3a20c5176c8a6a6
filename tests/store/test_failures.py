"""What happens when the machine fails: the disk is full, the clock jumps, two write at once."""

import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from urbansdg.errors import StoreNotWritable
from urbansdg.store import Change, Gate, GraphStore, Published, hold, prune
from urbansdg.store.versions import checksums

BASE = "http://localhost:8000"
MakeChange = Callable[..., Change]
Triple = Callable[[int, object], str]
_WRITER = Path(__file__).with_name("crashing_writer.py")


def test_a_full_disk_leaves_the_graph_as_it_was(
    small_disk: Path, make_change: MakeChange, triple: Triple, let_through: Gate
) -> None:
    """Where the disk is full the load is refused, and the graph can be read and written on."""
    store = GraphStore.create(small_disk / "graph", BASE)
    store.publish(make_change(triple(1, "before")), let_through)
    noise = random.Random(1)  # noqa: S311  # what cannot be compressed
    big = "".join(triple(number, noise.randbytes(300).hex()) for number in range(60_000))
    with pytest.raises(StoreNotWritable, match="is full"):
        store.publish(make_change(big), let_through)
    assert store.current_number() == 1
    assert [str(quad.object) for quad in store.read(store.current()) if _says(quad)] == ['"before"']
    assert isinstance(store.publish(make_change(triple(1, "after")), let_through), Published)


def _says(quad: object) -> bool:
    return str(getattr(quad, "predicate", "")) == "<http://e/says>"


def test_writers_at_once_come_one_after_the_other(
    graph_store: GraphStore, make_change: MakeChange, triple: Triple, let_through: Gate
) -> None:
    """Of writers who wait for each other none is lost, and each sees what was before it."""
    store = replace(graph_store, patience=60.0)

    def publish(number: int) -> object:
        return store.publish(make_change(triple(number, "x"), f"graph-{number}"), let_through)

    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(publish, range(8)))
    assert all(isinstance(outcome, Published) for outcome in ended)
    assert [version.number for version in store.versions()] == list(range(9))
    graphs = {name for name in store.current().graphs if "/graph-" in name}
    assert len(graphs) == 8


def test_a_clock_that_jumps_back_makes_no_version_older_than_the_one_before(
    graph_store: GraphStore, make_change: MakeChange, triple: Triple, let_through: Gate
) -> None:
    """Times of versions never go back, for a version is asked for by its time too."""
    store = graph_store
    store.publish(make_change(triple(1, "x")), let_through)
    record = store.current().path.parent / "version.json"
    ahead = datetime(2100, 1, 1, tzinfo=UTC)  # as if it had been made by a clock that went ahead
    fields = json.loads(record.read_text("utf-8")) | {"created": ahead.isoformat()}
    record.write_text(json.dumps(fields), "utf-8")
    checksums.record(record.parent, None)
    store.publish(make_change(triple(1, "y")), let_through)
    assert store.current().number == 2
    assert store.current().created >= ahead


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_version_is_on_the_disk_before_it_is_pointed_to(
    graph_store: GraphStore, tmp_path: Path, triple: Triple
) -> None:
    """What a version has for itself is synced, with its folder, before the pointer that moves."""
    text, trace = tmp_path / "things.nt", tmp_path / "trace"
    text.write_text(triple(1, "x"), "utf-8")
    watch = ("strace", "-f", "-y", "-s", "512", "-e", "trace=fsync,rename,renameat,renameat2")
    done = subprocess.run(
        (*watch, "-o", str(trace), sys.executable, str(_WRITER), graph_store.directory, "-", text),
        capture_output=True,
        text=True,
        check=False,
    )
    if "ptrace" in done.stderr:
        pytest.skip("strace has not the right to watch a process")
    assert "published" in done.stdout, done.stderr
    calls = trace.read_text("utf-8").splitlines()
    directory = re.escape(str(graph_store.directory.resolve()))
    moved = _last(calls, rf'rename\("{directory}/forks/[^"]*", "{directory}/versions/1"\)')
    pointed = _last(calls, rf'rename\("{directory}/\.current\.draft", "{directory}/current"\)')
    versions = _last(calls, rf"fsync\(\d+<{directory}/versions>\)")
    pointer = _last(calls, rf"fsync\(\d+<{directory}>\)")
    assert moved < versions < pointed < pointer
    synced = set(
        re.findall(rf"fsync\(\d+<{directory}/forks/[^/>]*/?([^>]*)>\)", "\n".join(calls[:moved]))
    )
    folder = graph_store.directory / "versions" / "1"
    before = {path.stat().st_ino for path in (folder.parent / "0").rglob("*")}
    paths = (path for path in folder.rglob("*") if path.stat().st_ino not in before)
    written = {str(path.relative_to(folder)) for path in paths}
    assert "version.json" in written
    assert {name for name in written if "LOG" not in name and "LOCK" not in name} <= synced
    assert "" in synced  # the folder itself


def _last(calls: list[str], pattern: str) -> int:
    return max(number for number, call in enumerate(calls) if re.search(pattern, call))


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_thousand_versions_in_a_row(
    graph_store: GraphStore, make_change: MakeChange, triple: Triple, let_through: Gate
) -> None:
    """After 1,000 versions every one says what it said, to readers that opened it long ago too."""
    store, states = graph_store, []
    for number in range(1, 1001):
        store.publish(make_change(triple(1, number)), let_through)
        if number % 100 == 0:
            states.append((number, store.read(store.current())))
    for number, quads in states:
        assert [str(quad.object) for quad in quads if _says(quad)] == [f'"{number}"']
    with hold(store.version(500).path):
        prune(store, 10)
    assert {500, *range(991, 1001)} <= {version.number for version in store.versions()}
    for number, quads in states:
        assert [str(quad.object) for quad in quads if _says(quad)] == [f'"{number}"']
