"""Small changes: what their versions hold, and what they take on disk."""

import shutil
import statistics
import time
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from urbansdg.endpoint.editions.edition import build
from urbansdg.store import Change, Edit, GraphStore, Step, Version, backup, publication, restore
from urbansdg.store.publication import accept
from urbansdg.store.retention import prune
from urbansdg.store.versions import store_files

pytestmark = pytest.mark.long  # each test writes versions of a graph of its own

_BASE = "http://localhost:8000"
_LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
_OWN = ox.NamedNode(f"{_BASE}/graph/versions")


def _update(store: GraphStore, text: str) -> Version:
    """Publish an update."""
    edit = Edit((Step("update", text=text),), lambda _: None)
    return store.publish(Change("tests", edit=edit), accept).version


def _rename(store: GraphStore, number: int) -> Version:
    """Publish a change of one title."""
    graph, city = f"<{_BASE}/graph/one>", f"<{_BASE}/id/city/one>"
    return _update(
        store,
        f"DELETE WHERE {{ GRAPH {graph} {{ {city} <{_LABEL}> ?any }} }} ;"
        f" INSERT DATA {{ GRAPH {graph} {{ {city} <{_LABEL}> 'Title {number}' }} }}",
    )


def _content(store: GraphStore, version: Version) -> tuple[set[ox.Quad], set[str]]:
    """Return what a version says, except on versions, and its named graphs."""
    state = store.read(version)
    quads = {quad for quad in state if quad.graph_name != _OWN}
    return quads, {str(graph) for graph in state.named_graphs() if graph != _OWN}


def _bytes_written() -> int:
    """Return how many bytes this process has written, and those that it has waited for."""
    lines = Path("/proc/self/io").read_text("ascii").splitlines()
    (number,) = (line.split()[1] for line in lines if line.startswith("wchar"))
    return int(number)


def _fresh_files(version: Version) -> list[Path]:
    """Return the files of a version that it does not share with the one before."""
    folder = version.path.parent
    known = {file.stat().st_ino for file in (folder.parent / str(version.previous)).rglob("*")}
    files = (file for file in folder.rglob("*") if file.is_file())
    return [file for file in files if file.stat().st_ino not in known]


_UPDATES = st.sampled_from(
    [
        "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> 1, 2.50, 'x\\ty\\n\"é' } }",
        "INSERT DATA { GRAPH <urn:h> { <urn:a> <urn:p> 1 . _:b <urn:p> <urn:a> } }",
        "DELETE DATA { GRAPH <urn:g> { <urn:a> <urn:p> 1, 2.5 } }",
        "DELETE WHERE { GRAPH <urn:h> { ?s ?p ?o } }",
        "CREATE SILENT GRAPH <urn:empty>",
        "DROP SILENT GRAPH <urn:empty> ; DROP SILENT GRAPH <urn:g>",
        "INSERT DATA { <urn:d> <urn:p> 'default' }",
    ]
)


@settings(
    max_examples=settings().max_examples // 12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(_UPDATES, min_size=3, max_size=8), st.sampled_from([0, 2, 40]))
def test_a_version_with_a_log_is_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, updates: list[str], longest: int
) -> None:
    """A version that has its changes in a log, or in tables, says what the updates say."""
    shutil.rmtree(tmp_path / "g", ignore_errors=True)
    monkeypatch.setattr(store_files, "MOST_LOGS", longest)
    monkeypatch.setattr(store_files, "UNSETTLED", 1 << (10 if longest == 2 else 30))
    store, expected = GraphStore.create(tmp_path / "g", _BASE), ox.Store()
    seen: dict[int, tuple[set[str], set[str]]] = {}
    for text in updates:
        number = _update(store, text).number
        if "_:" not in text:
            default = "<urn:d> <urn:p> 'default'"  # the clients' own default graph has a name
            own = f"GRAPH <{store.iris.default_graph}> {{ {default} }}"
            expected.update(text.replace(default, own))
        graphs = {str(graph) for graph in expected.named_graphs()}
        seen[number] = ({str(quad) for quad in expected}, graphs)
    for number, (quads, _) in seen.items():
        content, _ = _content(store, store.version(number))
        named = {str(quad) for quad in content if not isinstance(quad.subject, ox.BlankNode)}
        if not any("_:" in text for text in updates):
            assert named == quads
        assert store.version(number).triples == len(store.read(store.version(number)))
    assert store.verify().problems == ()


@pytest.fixture
def grown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GraphStore:
    """Return a graph of eight versions, of which most have a log."""
    store = GraphStore.create(tmp_path / "graph", _BASE)
    monkeypatch.setattr(store_files, "MOST_LOGS", 4)
    for number in range(8):
        _rename(store, number)
    return store


def _logged(store: GraphStore) -> list[int]:
    return [version.number for version in store.versions() if store_files.has_log(version.path)]


def test_a_log_survives_backup_rollback_and_restore(grown: GraphStore, tmp_path: Path) -> None:
    """What a version has in its log is in its backup, and a rollback goes back to it."""
    number = _logged(grown)[1]
    expected = _content(grown, grown.version(number))
    backup(grown, grown.version(number), tmp_path / "one.tar")
    copy = restore(tmp_path / "one.tar", tmp_path / "copy")
    assert _content(copy, copy.current()) == expected
    assert _content(copy, _rename(copy, 99)) != expected
    back = grown.rollback(number, "tests").version
    assert _content(grown, back) == expected
    assert grown.verify().problems == ()


def test_a_version_keeps_the_store_of_its_fork_where_no_smaller_one_is_written(
    grown: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where what changed since does not fit an earlier version, the version is whole all the same.

    No version of ours is so; the function that finds it is replaced.
    """
    monkeypatch.setattr(publication, "write_store", lambda *_: None)
    version = _rename(grown, 30)
    quads, _ = _content(grown, version)
    assert {quad.object for quad in quads} == {ox.Literal("Title 30")}
    assert not store_files.has_log(version.path)
    monkeypatch.undo()
    _rename(grown, 31)
    assert grown.verify().problems == ()


def test_a_version_outlives_those_it_shares_files_with(grown: GraphStore) -> None:
    """Where the versions with its tables are removed, a version is whole, and is built on."""
    expected = _content(grown, grown.current())
    prune(grown, 1)
    assert _content(grown, grown.current()) == expected
    for number in (20, 21):
        quads, _ = _content(grown, _rename(grown, number))
        assert {quad.object for quad in quads} == {ox.Literal(f"Title {number}")}
    assert grown.verify().problems == ()


def test_what_is_forgotten_is_in_no_log(grown: GraphStore) -> None:
    """After a removal no file has the bytes of what was removed, and writes go on."""
    _update(grown, "INSERT DATA { GRAPH <urn:g> { <urn:secret> <urn:p> 'Zanzibarbara' } }")
    _rename(grown, 50)
    _rename(grown, 51)
    assert store_files.has_log(grown.current().path) or store_files.has_log(grown.version(10).path)
    grown.forget("tests", frozenset(["urn:secret"]))
    for file in grown.directory.rglob("*"):
        assert not file.is_file() or b"Zanzibarbara" not in file.read_bytes(), file
    _rename(grown, 52)
    assert grown.verify().problems == ()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_hundred_small_changes_take_little(bundled: Path, tmp_path: Path) -> None:
    """A change of one title takes 12 files and 150 kB at most, with its edition, on average.

    Time and open files stay flat, and no change merges the tables: what is written meanwhile, of
    which the most is dropped, is less than they are. The first changes after a load merge them.
    """
    store = GraphStore.open(Path(shutil.copytree(bundled, tmp_path / "graph")))
    for number in range(store_files.MOST_LOGS + 2):
        version = _rename(store, number)
    young = GraphStore.open(Path(shutil.copytree(store.directory, tmp_path / "young")))
    catalogue = tmp_path / "catalogue"
    build(store, version, catalogue)
    sizes, counts, opened = [], [], []
    for number in range(100):
        version = _rename(store, number)
        build(store, version, catalogue)
        edition = [
            file
            for file in (catalogue / "editions" / str(version.number)).rglob("*")
            if file.is_file()
        ]
        files = [*_fresh_files(version), *edition]
        counts.append(len(files))
        sizes.append(sum(file.stat().st_size for file in files))
        opened.append(len(list(Path("/proc/self/fd").iterdir())))
    assert statistics.mean(sizes) < 150_000
    assert statistics.mean(counts) < 12
    assert max(opened) <= opened[0] + 1
    _rename(young, 0)  # the same number of logs; a copy is read as a whole by its first write
    times: dict[Path, list[float]] = {young.directory: [], store.directory: []}
    written = []
    for number in range(1, 21):  # in turn: a machine that becomes slower is slower for both
        for measured in (young, store):
            began, before = time.process_time(), _bytes_written()
            _rename(measured, number)
            times[measured.directory].append(time.process_time() - began)
            written.append(_bytes_written() - before)
    first, second = map(statistics.median, times.values())
    assert second < 1.5 * first
    size = sum(file.stat().st_size for file in store.current().path.glob("*.sst"))
    assert statistics.median(written[1::2]) < size / 2
    tables = [len(list(version.path.glob("*.sst"))) for version in store.versions()[-100:]]
    assert max(tables) <= 40
