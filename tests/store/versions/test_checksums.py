"""Damaged files of a version, of each kind: always told of, never served, and gone back from."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.errors import VersionDamaged
from urbansdg.store import Change, Edit, GraphStore, Published, Step, backup, prune
from urbansdg.store.publication import accept

Command = Callable[..., subprocess.CompletedProcess[str]]
_BASE = "http://localhost:8000"
_COMMANDS = ("verify", "diff 1 3", "dump", "query -", "load - --syntax ttl --graph n")


def _update(store: GraphStore, text: str) -> None:
    change = Change("tests", edit=Edit((Step("update", text=text),), lambda _: None))
    store.publish(change, accept)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a graph of three versions, each with a statement more."""
    store = GraphStore.create(tmp_path_factory.mktemp("made") / "graph", _BASE)
    for number in (1, 2, 3):
        _update(store, f"INSERT DATA {{ GRAPH <urn:g> {{ <urn:a> <urn:p> {number} }} }}")
    return store.directory


@pytest.fixture
def store(original: Path, tmp_path: Path) -> GraphStore:
    """Return a copy of the graph, to be spoilt."""
    shutil.copytree(original, tmp_path / "graph")
    return GraphStore.open(tmp_path / "graph")


def _values(store: GraphStore) -> set[str]:
    quads = store.read(store.current()).quads_for_pattern(None, None, None, ox.NamedNode("urn:g"))
    return {quad.object.value for quad in quads if isinstance(quad.object, ox.Literal)}


def _files(folder: Path) -> dict[str, Path]:
    """Return a file of each kind in the folder of a version."""
    graph = folder / "graph"
    (manifest,) = graph.glob("MANIFEST-*")
    table = max(graph.glob("*.sst"), key=lambda file: file.stat().st_mtime_ns)
    named = {name: folder / name for name in ("version.json", "checksums.json", "trail.json")}
    return named | {"CURRENT": graph / "CURRENT", "manifest": manifest, "table": table}


def _spoil(file: Path, how: str) -> None:
    """Spoil a file, and none that shares its bytes."""
    content = file.read_bytes()
    file.unlink()
    match how:
        case "gone":
            pass
        case "half":
            file.write_bytes(content[: len(content) // 2])
        case "noise":
            file.write_bytes(os.urandom(len(content)))
        case "folder":
            file.mkdir()
        case text:
            file.write_text(text, "utf-8")


_TEXTS = ("[1]", "null", '{"version.json": 3}', "[" * 99_999, '{"version.json": [1, 2, 3, 4]}')


@pytest.mark.parametrize("kind", ["CURRENT", "manifest", "table"])
@pytest.mark.parametrize("how", ["gone", "half"])
def test_a_version_that_cannot_be_read_is_gone_back_from(
    store: GraphStore, kind: str, how: str
) -> None:
    """Whatever has become of the current version's graph, a rollback makes a whole one."""
    _spoil(_files(store.current().path.parent)[kind], how)
    ended = store.rollback(2, "tests")
    assert isinstance(ended, Published)
    assert ended.version.number == 4
    assert _values(store) == {"1", "2"}
    _update(store, "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> 5 } }")
    assert _values(store) == {"1", "2", "5"}


@pytest.mark.parametrize("kind", ["version.json", "checksums.json"])
@pytest.mark.parametrize("how", ["noise", "folder", *_TEXTS])
def test_a_record_that_cannot_be_read_is_gone_back_from(
    store: GraphStore, kind: str, how: str
) -> None:
    """A record of the current version that cannot be read is damage, which a rollback repairs."""
    _spoil(_files(store.current().path.parent)[kind], how)
    with pytest.raises(VersionDamaged):
        _update(store, "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> 5 } }")
    assert isinstance(store.rollback(1, "tests"), Published)
    assert _values(store) == {"1"}


def test_a_damaged_version_is_not_gone_back_to(store: GraphStore) -> None:
    """A rollback to a version that is damaged itself is refused, and changes nothing."""
    for number in (1, 3):
        _spoil(_files(store.version(number).path.parent)["CURRENT"], "noise")
    with pytest.raises(VersionDamaged):
        store.rollback(1, "tests")
    assert store.current_number() == 3


@pytest.mark.parametrize("how", ["half", *_TEXTS[:4]])
def test_a_trail_that_is_damaged_is_done_without(store: GraphStore, how: str) -> None:
    """What a version changed is found out by comparing where its trail is no good."""
    _spoil(_files(store.current().path.parent)["trail.json"], how)
    assert isinstance(store.rollback(1, "tests"), Published)
    assert _values(store) == {"1"}


@pytest.mark.parametrize("command", _COMMANDS)
def test_the_command_tells_of_damage(store: GraphStore, urbansdg: Command, command: str) -> None:
    """Each command ends with exit code 3 and one line where it meets damage."""
    _spoil(_files(store.current().path.parent)["manifest"], "half")
    text = "SELECT * { ?s ?p ?o }" if command == "query -" else "<urn:a> <urn:b> 1 ."
    done = urbansdg(*command.split(), "--data-dir", store.directory, stdin=text)
    assert done.returncode == 3, done.stderr
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr


def test_every_damaged_version_is_named(store: GraphStore, urbansdg: Command) -> None:
    """`verify` names each damaged version, those without a good record too."""
    _spoil(_files(store.version(1).path.parent)["version.json"], "[1]")
    _spoil(_files(store.version(2).path.parent)["table"], "folder")
    done = urbansdg("verify", "--data-dir", store.directory)
    assert done.returncode == 3
    assert "Version 1 is damaged: version.json" in done.stderr
    assert "Version 2 is damaged: graph/" in done.stderr
    assert "version 3" not in done.stderr


def test_a_damaged_version_is_not_backed_up(store: GraphStore, tmp_path: Path) -> None:
    """A backup of a version that is not what was written is refused, and no file is left."""
    _spoil(_files(store.current().path.parent)["table"], "noise")
    with pytest.raises(VersionDamaged):
        backup(store, store.current(), tmp_path / "backup.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["graph"]


def test_the_newest_whole_version_is_never_pruned(store: GraphStore) -> None:
    """Where the current version is damaged, the one that is served instead stays."""
    _spoil(_files(store.version(3).path.parent)["table"], "half")
    _spoil(_files(store.version(1).path.parent)["version.json"], "{")
    assert prune(store, 1) == (0, 1)
    assert store.newest_whole().number == 2


def test_a_number_that_the_disk_changed_in_a_record_is_found_by_the_quick_look(
    tmp_path: Path,
) -> None:
    """A record of a version with another valid number, at the same size and time, is damaged."""
    store = GraphStore.create(tmp_path / "graph", _BASE)  # a copy would have other inodes
    for number in (1, 2, 3):
        _update(store, f"INSERT DATA {{ <urn:a> <urn:p> {number} }}")
    record = store.version(3).path.parent / "version.json"
    before, text = record.stat(), record.read_text("utf-8")
    record.write_text(text.replace(f'"triples": {store.version(3).triples}', '"triples": 99', 1))
    assert record.stat().st_size == before.st_size
    os.utime(record, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "version.json" in store.damage()
    assert store.newest_whole().number == 2
    with pytest.raises(VersionDamaged):
        _update(store, "INSERT DATA { <urn:a> <urn:p> 4 }")
