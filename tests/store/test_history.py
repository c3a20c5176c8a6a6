"""History: differences, rollback, tags, the removal of old versions, backups and damage."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
from contextlib import closing
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.command import Command
from urbansdg.errors import StoreExists, VersionDamaged, VersionNotFound
from urbansdg.store import (
    Change,
    Edit,
    GraphStore,
    Published,
    Step,
    Tags,
    Unchanged,
    backup,
    difference,
    hold,
    n_quads,
    prune,
    rdf_patch,
    restore,
)
from urbansdg.store.publication import accept
from urbansdg.store.versions import changed_subjects, checksums

pytestmark = pytest.mark.long  # each test writes versions of a graph of its own

_BASE = "http://localhost:8000"


def _permit(_: frozenset[str]) -> None:
    """Let everything be written."""


def _update(store: GraphStore, text: str) -> int:
    change = Change("tests", edit=Edit((Step("update", text=text),), _permit))
    return store.publish(change, accept).version.number


def _statements(store: GraphStore, number: int) -> set[str]:
    """Return what a version says, but of versions."""
    quads = store.read(store.version(number))
    return {str(q) for q in quads if q.graph_name != ox.NamedNode(f"{_BASE}/graph/versions")}


@pytest.fixture
def store(tmp_path: Path) -> GraphStore:
    """Return a graph of three versions: one triple, two, and one of them changed."""
    store = GraphStore.create(tmp_path / "graph", _BASE)
    _update(store, "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> 'one' } }")
    _update(store, "INSERT DATA { GRAPH <urn:h> { <urn:b> <urn:p> 'two' } }")
    _update(
        store,
        "DELETE DATA { GRAPH <urn:g> { <urn:a> <urn:p> 'one' } } ;"
        " INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> 'three' } }",
    )
    return store


def test_a_patch_leads_from_one_version_to_another(store: GraphStore) -> None:
    """An RDF Patch says what goes and what comes, graph by graph."""
    own = f"<{_BASE}/graph/versions>"
    lines = rdf_patch(difference(store, store.version(1), store.version(3)))
    assert [line for line in lines if own not in line] == [
        "TX .",
        'D <urn:a> <urn:p> "one" <urn:g> .',
        'A <urn:a> <urn:p> "three" <urn:g> .',
        'A <urn:b> <urn:p> "two" <urn:h> .',
        "TC .",
    ]


@settings(
    max_examples=settings().max_examples // 6,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.sets(st.integers(0, 9), min_size=1), st.sets(st.integers(0, 9), min_size=1))
def test_a_difference_makes_one_version_of_the_other(
    tmp_path: Path, one: set[int], other: set[int]
) -> None:
    """What is removed and added, applied to one version, gives the other."""
    shutil.rmtree(tmp_path / "g", ignore_errors=True)
    store = GraphStore.create(tmp_path / "g", _BASE)
    first = " ".join(f"<urn:s> <urn:p> {n} ." for n in one)
    second = " ".join(f"<urn:s> <urn:p> {n} ." for n in other)
    before = _update(store, f"INSERT DATA {{ {first} }}")
    text = "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o } ;"
    after = _update(store, f"{text} INSERT DATA {{ {second} }}")
    versions = store.version(before), store.version(after)
    copy = ox.Store()
    copy.extend(store.read(versions[0]))
    for sign, quad in difference(store, *versions):
        copy.remove(quad) if sign == "-" else copy.add(quad)
    assert set(copy) == set(store.read(versions[1]))
    added = list(n_quads(difference(store, *versions), "+"))
    assert all(line.endswith(" .") for line in added)


_WRITES = st.sampled_from(
    [
        "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> 1 } }",
        "DELETE DATA { GRAPH <urn:g> { <urn:a> <urn:p> 1 } }",
        "INSERT DATA { GRAPH <urn:h> { <urn:b> <urn:p> 2 } <urn:c> <urn:p> 3 }",
        "DELETE WHERE { GRAPH <urn:h> { ?s ?p ?o } }",
        "INSERT { GRAPH <urn:h> { ?s ?p 4 } } WHERE { GRAPH <urn:g> { ?s ?p ?o } }",
        "COPY GRAPH <urn:g> TO GRAPH <urn:h>",
    ]
)


@pytest.mark.long
@settings(
    max_examples=settings().max_examples // 12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(_WRITES, min_size=2, max_size=4))
def test_a_trail_leads_to_the_same_difference(tmp_path: Path, writes: list[str]) -> None:
    """Versions that know what they changed differ, and are gone back to, as others do."""
    shutil.rmtree(tmp_path / "g", ignore_errors=True)
    store = GraphStore.create(tmp_path / "g", _BASE)
    for text in ("INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> 0 } }", *writes):
        _update(store, text)
    pairs = [(one, other) for one in store.versions() for other in store.versions()]
    assert all(store.apart(*pair) is not None for pair in pairs)
    led = [list(difference(store, *pair)) for pair in pairs]
    back = store.rollback(1, "tests")
    assert _statements(store, back.version.number) == _statements(store, 1)
    changed_subjects.remove(store.directory / "versions")
    assert [list(difference(store, *pair)) for pair in pairs] == led


def test_a_trail_that_is_broken_is_not_followed(store: GraphStore) -> None:
    """Where a trail was changed, or a version between is gone, it is not known what may differ."""
    first, last = store.version(1), store.version(3)
    apart = store.apart(last, first) or ()
    assert {iri for iri in apart if not iri.startswith(_BASE)} == {"urn:a", "urn:b"}
    file = store.directory / "versions" / "3" / "trail.json"
    file.write_text(file.read_text("utf-8").replace("urn:a", "urn:x"), "utf-8")
    assert store.apart(first, last) is None
    assert store.apart(first, store.version(2)) is not None
    shutil.rmtree(store.directory / "versions" / "1")
    assert store.apart(store.version(0), store.version(2)) is None


def test_a_rollback_is_a_new_version(store: GraphStore) -> None:
    """A rollback says what the older version said, and keeps the history of all."""
    ended = store.rollback(1, "Ada")
    assert isinstance(ended, Published)
    assert (ended.version.number, ended.version.agent) == (4, "Ada")
    assert _statements(store, 4) == _statements(store, 1) != _statements(store, 3)
    state = store.read(store.current())
    derived = ox.NamedNode("http://www.w3.org/ns/prov#wasDerivedFrom")
    (quad,) = state.quads_for_pattern(None, derived, None)
    assert (quad.subject, quad.object) == (
        ox.NamedNode(f"{_BASE}/id/version/4"),
        ox.NamedNode(f"{_BASE}/id/version/1"),
    )
    assert isinstance(store.rollback(4, "Ada"), Unchanged)
    with pytest.raises(VersionNotFound):
        store.rollback(99, "Ada")


def test_a_tagged_version_an_open_one_and_the_newest_stay(store: GraphStore) -> None:
    """Old versions are removed, except those with a tag, with a reader, or among the newest."""
    Tags(store.directory).put("report", 1)
    with closing(hold(store.version(2).path)):
        assert prune(store, keep=1) == (0,)
    assert [version.number for version in store.versions()] == [1, 2, 3]
    assert prune(store, keep=1) == (2,)
    Tags(store.directory).remove("report")
    assert prune(store, keep=1) == (1,)
    assert _statements(store, 3)
    assert _update(store, "INSERT DATA { <urn:a> <urn:b> 1 }") == 4
    with pytest.raises(VersionNotFound):
        Tags(store.directory).remove("report")
    with pytest.raises(VersionNotFound):
        Tags(store.directory).put("../etc", 3)


def test_what_is_open_outlives_its_removal(store: GraphStore) -> None:
    """A reader that has a version open goes on reading it, whoever removes it."""
    first = store.read(store.version(1))
    prune(store, keep=1)
    assert len(list(first.quads_for_pattern(ox.NamedNode("urn:a"), None, None))) == 1


def test_a_backup_is_restored_whole(store: GraphStore, tmp_path: Path) -> None:
    """A backup is one file, and what is restored says what was backed up, and can be changed."""
    file = tmp_path / "graph.tar"
    backup(store, store.current(), file)
    restored = restore(file, tmp_path / "elsewhere")
    assert (restored.base, restored.current_number()) == (_BASE, 3)
    assert _statements(restored, 3) == _statements(store, 3)
    assert _update(restored, "INSERT DATA { <urn:a> <urn:b> 1 }") == 4
    with pytest.raises(StoreExists):
        restore(file, tmp_path / "elsewhere")


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_damaged_backup_is_refused(store: GraphStore, tmp_path: Path, place: float) -> None:
    """A backup of which a byte is another, or the end is missing, is refused and leaves nothing."""
    file = tmp_path / "graph.tar"
    backup(store, store.current(), file)
    whole = bytearray(file.read_bytes())
    with tarfile.open(file) as archive:
        member = max(archive.getmembers(), key=lambda path: path.size)
        end = max(path.offset_data + path.size for path in archive.getmembers())
    cut = bytes(whole[: int(end * place)])  # zeros follow, which a file may lack
    whole[member.offset_data + int(member.size * place)] ^= 0xFF
    for content in (bytes(whole), cut, b"", b"no archive"):
        file.write_bytes(content)
        with pytest.raises(VersionDamaged):
            restore(file, tmp_path / "elsewhere")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["graph", "graph.tar"]


@pytest.mark.parametrize("name", ["../../evil", "/tmp/evil", "graph/../../evil", "graph/a/b"])  # noqa: S108  # never written
def test_an_archive_with_paths_that_lead_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    """An archive whose members would be written elsewhere is refused."""
    file = tmp_path / "evil.tar"
    manifest = {"base": _BASE, "number": 1, "sha256": {name: "0" * 64}}
    with tarfile.open(file, "w") as archive:
        for member, content in ((name, b"evil"), ("manifest.json", json.dumps(manifest).encode())):
            entry = tarfile.TarInfo(member)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    with pytest.raises(VersionDamaged):
        restore(file, tmp_path / "graph")
    assert [path.name for path in tmp_path.iterdir()] == ["evil.tar"]


def test_damage_is_found_and_named(store: GraphStore) -> None:
    """A file that is not what it was is named, in each version that shares it."""
    folders = [version.path.parent for version in store.versions()]
    assert [checksums.damaged(folder) for folder in folders] == [[], [], [], []]
    table = max((folders[3] / "graph").glob("*.sst"), key=lambda file: file.stat().st_size)
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 0xFF
    table.chmod(0o644)
    with table.open("r+b") as file:
        file.write(content)
    assert f"graph/{table.name}" in checksums.damaged(folders[3])
    (folders[2] / "version.json").unlink()
    assert "version.json" in checksums.damaged(folders[2])


def test_a_fork_hashes_only_what_is_new(store: GraphStore) -> None:
    """Files that a version shares with the one before have the checksums of before."""
    shared = [
        {name: entry[0] for name, entry in json.loads(text).items() if name.endswith(".sst")}
        for text in (
            (store.version(number).path.parent / "checksums.json").read_text("utf-8")
            for number in (2, 3)
        )
    ]
    common = shared[0].keys() & shared[1].keys()
    assert common
    assert all(shared[0][name] == shared[1][name] for name in common)


@pytest.mark.long
@pytest.mark.parametrize("operation", ["rollback", "prune", "backup"])
def test_an_operation_that_is_killed_leaves_a_whole_graph(
    store: GraphStore, tmp_path: Path, operation: str
) -> None:
    """Killed at any moment, an operation leaves whole versions, and the next one works."""
    arguments = {
        "rollback": ("rollback", "1"),
        "prune": ("prune", "--keep", "1"),
        "backup": ("backup", str(tmp_path / "graph.tar")),
    }[operation]
    command = (sys.executable, "-m", "urbansdg.cli", *arguments)
    for moment in (0.35, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8):
        with subprocess.Popen(
            (*command, "--data-dir", str(store.directory)), stdout=subprocess.DEVNULL
        ) as process:
            timer = threading.Timer(moment, os.kill, (process.pid, signal.SIGKILL))
            timer.start()
            process.wait()
            timer.cancel()
        whole = GraphStore.open(store.directory)
        for version in whole.versions():
            assert checksums.damaged(version.path.parent) == []
        assert len(_statements(whole, whole.current_number())) in {1, 2}
    assert _update(store, "INSERT DATA { <urn:c> <urn:d> 1 }") == store.current_number()
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".tar"] or restore(
        tmp_path / "graph.tar", tmp_path / "restored"
    )


@pytest.mark.long
def test_many_versions_with_readers_on_old_ones(tmp_path: Path) -> None:
    """Thirty versions in a row are all right, and readers on old ones see what they opened."""
    store = GraphStore.create(tmp_path / "graph", _BASE)
    readers = {}
    for number in range(1, 31):
        assert _update(store, f"INSERT DATA {{ <urn:s> <urn:p> {number} }}") == number
        if number % 10 == 0:
            readers[number] = store.read(store.version(number))
    for number, reader in readers.items():
        quads = reader.quads_for_pattern(ox.NamedNode("urn:s"), None, None)
        assert len(list(quads)) == number


def test_the_commands_say_what_they_did(
    store: GraphStore, tmp_path: Path, urbansdg: Command
) -> None:
    """Each command on versions does its work and says so, and names what is wrong."""

    def run(*arguments: str, code: int = 0) -> str:
        done = urbansdg(*arguments, URBANSDG_DATA_DIR=str(store.directory))
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    assert "A <urn:b>" in run("diff", "1", "2")
    assert run("diff", "2", "1", "--format", "removed").startswith("<")
    assert "has the content of version 1" in run("rollback", "1")
    run("tag", "first", "1")
    assert json.loads(run("tag", "--format", "json")) == {"first": 1}
    assert "Would remove 0, 2, 3." in run("prune", "--keep", "1", "--dry-run")
    assert "Removed 0, 2, 3." in run("prune", "--keep", "1")
    assert "Wrote version 4" in run("backup", str(tmp_path / "b.tar"))
    assert "Restored version 4" in run(
        "restore", str(tmp_path / "b.tar"), "--data-dir", str(tmp_path / "new")
    )
    assert "All 2 versions are undamaged." in run("verify")
    assert "The only version is undamaged." in run("verify", "--data-dir", str(tmp_path / "new"))
    (store.version(4).path / "CURRENT").write_text("x", "utf-8")
    assert "Version 4 is damaged: graph/CURRENT" in run("verify", code=3)
    assert "no version 77" in run("rollback", "77", code=3)


def test_a_damaged_version_is_not_served(store: GraphStore) -> None:
    """Where the current version has lost a file, the newest whole one is served, never version 0.

    Version 0 is whole and empty: a server would answer every query without a row.
    """
    assert store.newest_whole().number == 3
    (store.version(3).path / "CURRENT").write_text("x", "utf-8")
    assert store.newest_whole().number == 2
    (store.version(2).path.parent / "version.json").write_text("{", "utf-8")
    assert store.newest_whole().number == 1
    (store.version(1).path / "CURRENT").unlink()
    with pytest.raises(VersionDamaged, match="3"):
        store.newest_whole()
