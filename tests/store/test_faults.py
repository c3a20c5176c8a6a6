"""Faults of the disk, of each kind: found by the next write, never copied, and repaired."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.errors import StoreExists, VersionDamaged
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.shapes import validate_store
from urbansdg.store import Change, Edit, GraphStore, Step, Touched, Verdict, prune
from urbansdg.store.publication import accept
from urbansdg.store.repair import Repaired, repair
from urbansdg.store.versions import checksums

Command = Callable[..., subprocess.CompletedProcess[str]]
Fault = Callable[[Path], object]
_BASE = "http://data.example"


def _gate(fork: RdfDataset, _touched: Touched) -> Verdict:
    return validate_store(fork)


def _add(store: GraphStore, number: int) -> None:
    text = f"INSERT DATA {{ GRAPH <urn:g> {{ <urn:a> <urn:p> {number} }} }}"
    change = Change("tests", edit=Edit((Step("update", text=text),), lambda _: None))
    store.publish(change, accept)


def _values(store: GraphStore) -> set[str]:
    quads = store.read(store.current()).quads_for_pattern(None, None, None, ox.NamedNode("urn:g"))
    return {quad.object.value for quad in quads if isinstance(quad.object, ox.Literal)}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a graph of three versions, each with a statement more."""
    store = GraphStore.create(tmp_path_factory.mktemp("made") / "graph", _BASE)
    for number in (1, 2, 3):
        _add(store, number)
    return store.directory


@pytest.fixture
def directory(original: Path, tmp_path: Path) -> Path:
    """Return a copy of the graph, in which nothing is shared with the original."""
    copy = tmp_path / "graph"
    shutil.copytree(original, copy)
    return copy


def _own_log(directory: Path) -> Path:
    """Return the log of version 3: a small change writes no table."""
    return next((directory / "versions" / "3" / "graph").glob("*.log"))


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


def _replaced(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def _in_graph(pattern: str) -> Callable[[Path], Path]:
    return lambda directory: next((directory / "versions" / "3" / "graph").glob(pattern))


def _beside(name: str) -> Callable[[Path], Path]:
    return lambda directory: directory / "versions" / "3" / name


def _fault(place: Callable[[Path], Path], damage: Callable[[Path], object]) -> Fault:
    return lambda directory: damage(place(directory))


def _half(file: Path) -> None:
    _replaced(file, file.read_bytes()[: file.stat().st_size // 2])


_OF_FILES = {
    "a missing log": _fault(_own_log, Path.unlink),
    "a truncated log": _fault(_own_log, _half),
    "an empty log": _fault(_own_log, lambda file: _replaced(file, b"")),
    "a flipped bit": _fault(_own_log, _flip),
    "a missing CURRENT": _fault(_in_graph("CURRENT"), Path.unlink),
    "a missing MANIFEST": _fault(_in_graph("MANIFEST-*"), Path.unlink),
    "a truncated MANIFEST": _fault(_in_graph("MANIFEST-*"), _half),
    "a missing record": _fault(_beside("version.json"), Path.unlink),
    "a truncated record": _fault(_beside("version.json"), _half),
    "another record": _fault(
        _beside("version.json"),
        lambda file: _replaced(file, file.read_bytes().replace(b"tests", b"other")),
    ),
    "missing checksums": _fault(_beside("checksums.json"), Path.unlink),
    "truncated checksums": _fault(_beside("checksums.json"), _half),
    "a missing folder of tables": _fault(_beside("graph"), shutil.rmtree),
    "a missing folder": _fault(_beside(""), shutil.rmtree),
}
_WITHOUT_STATEMENTS = {
    "missing OPTIONS",
    "another record",
    "missing checksums",
    "truncated checksums",
}
_OF_THE_DIRECTORY: dict[str, Fault] = {
    "no pointer": lambda directory: (directory / "current").unlink(),
    "an empty pointer": lambda directory: _replaced(directory / "current", b""),
    "a pointer that was cut off": lambda directory: _replaced(directory / "current", b"1"),
    "a pointer of noise": lambda directory: _replaced(directory / "current", b"\x00\xff\n"),
    "no record": lambda directory: (directory / "store.json").unlink(),
    "a truncated record": lambda directory: _half(directory / "store.json"),
}


@pytest.mark.parametrize("name", _OF_FILES)
def test_a_write_finds_damage_and_does_not_copy_it(directory: Path, name: str) -> None:
    """A write on a damaged version is refused and makes no version, whatever the damage is."""
    store = GraphStore.open(directory)
    _OF_FILES[name](directory)
    assert store.damage()
    with pytest.raises(VersionDamaged) as refused:
        _add(store, 4)
    assert "repair" in refused.value.problems[0].remedy
    assert store.current_number() == 3
    assert not (directory / "versions" / "4").exists()
    assert store.newest_whole().number == 2


@pytest.mark.parametrize("number", [0, 1, 2])
def test_damage_of_an_older_version_is_not_copied_either(directory: Path, number: int) -> None:
    """A small change is written beside the tables of an older version, which may be damaged."""
    graph = directory / "versions" / str(number) / "graph"
    for table in graph.glob("*.sst"):
        _flip(table)
    for file in graph.glob("MANIFEST-*"):
        _flip(file)
    store = GraphStore.open(directory)
    _add(store, 4)
    _add(store, 5)
    state = store.read(store.current())
    assert len(list(state)) == store.current().triples
    assert _values(store) == {"1", "2", "3", "4", "5"}


@pytest.mark.long
@pytest.mark.parametrize("name", [*_OF_FILES, "a pointer to a missing version"])
def test_a_damaged_version_is_repaired_from_the_newest_whole_one(
    directory: Path, name: str, urbansdg: Command
) -> None:
    """`repair` makes a whole version of the newest whole one, and writes go on."""
    faults = _OF_FILES | {"a pointer to a missing version": _OF_FILES["a missing folder"]}
    faults[name](directory)
    done = urbansdg("repair", "--data-dir", directory)
    assert done.returncode == 0, done.stderr
    store = GraphStore.open(directory)
    assert (store.current_number(), store.damage(), store.damaged_files()) == (4, "", [])
    _add(store, 5)
    if name in _WITHOUT_STATEMENTS:
        assert "every statement of the damaged version 3" in done.stdout
        assert _values(store) == {"1", "2", "3", "5"}
    else:
        assert "Version 4 has the content of version 2" in done.stdout
        assert "The changes of version 3 are lost" in done.stdout
        assert _values(store) == {"1", "2", "5"}


def test_salvaged_graphs_keep_their_counts_and_sources(directory: Path) -> None:
    """A version whose statements are in new files has the record of the damaged one."""
    before = GraphStore.open(directory).current()
    _OF_FILES["missing checksums"](directory)
    after = repair(directory, "tests", _gate).version
    own = f"{_BASE}/graph/versions"
    assert {name: count for name, count in after.graphs.items() if name != own} == {
        name: count for name, count in before.graphs.items() if name != own
    }
    state = GraphStore.open(directory).read(after)
    assert sum(count.triples for count in after.graphs.values()) == after.triples == len(state)


def test_a_graph_is_not_repaired_to_an_empty_one(tmp_path: Path, urbansdg: Command) -> None:
    """Where only the empty version 0 is whole, `repair` asks for a dump; `rollback 0` may do it."""
    store = GraphStore.create(tmp_path / "graph", _BASE)
    _add(store, 1)
    shutil.rmtree(store.current().path)
    done = urbansdg("repair", "--data-dir", store.directory)
    assert done.returncode == 3
    assert "dump" in done.stderr
    assert urbansdg("rollback", "0", "--data-dir", store.directory).returncode == 0
    assert GraphStore.open(store.directory).damage() == ""


@pytest.mark.parametrize("name", _OF_THE_DIRECTORY)
def test_records_of_the_directory_are_repaired_without_loss(directory: Path, name: str) -> None:
    """A lost pointer and a lost record of the graph are written again; no version is made."""
    _OF_THE_DIRECTORY[name](directory)
    with pytest.raises(VersionDamaged):
        _add(GraphStore.open(directory), 4)
    assert (directory / "versions" / "3").is_dir()
    repaired = repair(directory, "tests", _gate)
    assert (repaired.version.number, repaired.lost) == (3, ())
    assert len(repaired.done) == 1
    store = GraphStore.open(directory, _BASE)
    _add(store, 4)
    assert _values(store) == {"1", "2", "3", "4"}


def test_versions_are_listed_beside_a_damaged_one(directory: Path, urbansdg: Command) -> None:
    """`versions` lists what can be read, names the damaged record, and exits with 3."""
    _fault(lambda folder: folder / "versions" / "1" / "version.json", _half)(directory)
    done = urbansdg("versions", "--data-dir", directory)
    assert done.returncode == 3
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == ["0", "2", "3"]
    assert "version 1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_base_that_is_not_certain_is_asked_for(directory: Path, urbansdg: Command) -> None:
    """A client may have named a graph as that of the versions: `--base` decides then."""
    text = "INSERT DATA { GRAPH <http://evil.example/graph/versions> { <urn:a> <urn:b> 1 } }"
    change = Change("tests", edit=Edit((Step("update", text=text),), lambda _: None))
    GraphStore.open(directory).publish(change, accept)
    (directory / "store.json").unlink()
    done = urbansdg("repair", "--data-dir", directory)
    assert done.returncode == 3
    assert "--base" in done.stderr
    done = urbansdg("repair", "--base", _BASE, "--data-dir", directory)
    assert done.returncode == 0, done.stderr
    assert GraphStore.open(directory, _BASE).current_number() == 4


@pytest.mark.parametrize("name", ["no pointer", "no record", "a truncated record"])
def test_a_lost_record_of_the_directory_is_damage(directory: Path, name: str) -> None:
    """A graph that is open goes on, and reports what the next start would miss."""
    store = GraphStore.open(directory)
    _OF_THE_DIRECTORY[name](directory)
    assert "cannot be read" in store.damage() or "is missing" in store.damage()
    assert store.newest_whole().number == 3


def test_what_dead_processes_left_keeps_nobody_from_writing(directory: Path) -> None:
    """A lock of the kernel ends with its process: the files of locks and forks that stay do not."""
    for name in ("lock", "server.lock"):
        (directory / name).write_bytes(b'{"pid": 1, "host"\x00')
    (directory / "forks" / "fork-dead" / "graph").mkdir(parents=True)
    (directory / ".current.draft").write_text("9", "ascii")
    (directory / "versions" / "4").mkdir()
    _add(GraphStore.open(directory), 4)
    store = GraphStore.open(directory)
    assert (store.current_number(), store.damaged_files()) == (4, [])
    assert list((directory / "forks").iterdir()) == []


def test_nothing_is_repaired_where_nothing_is_damaged(directory: Path) -> None:
    """`repair` of a whole graph changes no file."""
    before = {path: path.stat().st_mtime_ns for path in directory.rglob("*") if path.name != "lock"}
    assert repair(directory, "tests", _gate) == Repaired(GraphStore.open(directory).current(), ())
    after = {path: path.stat().st_mtime_ns for path in directory.rglob("*") if path.name != "lock"}
    assert after == before


@pytest.mark.parametrize(
    ("ending", "left"),
    [("nq", "some versions"), ("trig", "no whole version"), ("nq.gz", "no version")],
)
def test_a_dump_takes_the_place_of_a_damaged_version(
    directory: Path, tmp_path: Path, urbansdg: Command, ending: str, left: str
) -> None:
    """`repair FILE` restores the content of a dump, whatever is left of the versions."""
    dump = tmp_path / f"all.{ending.removesuffix('.gz')}"
    assert urbansdg("dump", dump, "--data-dir", directory).returncode == 0
    if ending == "nq.gz":
        subprocess.run(("gzip", dump), check=True)
    match left:
        case "some versions":
            _OF_FILES["a missing log"](directory)
        case "no whole version":
            for number in range(4):
                (directory / "versions" / str(number) / "graph" / "CURRENT").unlink()
        case _:
            shutil.rmtree(directory / "versions")
    done = urbansdg("repair", tmp_path / f"all.{ending}", "--data-dir", directory)
    assert done.returncode == 0, done.stderr
    store = GraphStore.open(directory)
    assert (store.current_number(), store.damaged_files()) == (4, [])
    assert _values(store) == {"1", "2", "3"}
    counts = {name: count.triples for name, count in store.current().graphs.items()}
    assert counts["urn:g"] == 3
    assert sum(counts.values()) == store.current().triples == len(store.read(store.current()))


def test_without_a_whole_version_and_a_dump_the_repair_says_what_it_needs(
    directory: Path, urbansdg: Command
) -> None:
    """Where no version is whole, `repair` changes nothing and asks for a dump."""
    for number in range(4):
        (directory / "versions" / str(number) / "graph" / "CURRENT").unlink()
    done = urbansdg("repair", "--data-dir", directory)
    assert done.returncode == 3
    assert "No version" in done.stderr
    assert "dump" in done.stderr
    assert (directory / "current").read_text("ascii") == "3\n"


@pytest.mark.parametrize("content", ["<urn:a> <urn:b>", "", "\x00\x01"])
def test_a_dump_that_cannot_be_read_changes_nothing(
    directory: Path, tmp_path: Path, urbansdg: Command, content: str
) -> None:
    """A dump with a syntax error, or a compressed file without gzip in it, is refused."""
    dump = tmp_path / ("all.nq" if content.startswith("<") else "all.nq.gz")
    dump.write_text(content, "utf-8")
    done = urbansdg("repair", dump, "--data-dir", directory)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert GraphStore.open(directory).current_number() == 3


@pytest.mark.parametrize("command", [("init",), ("serve", "--init", "--port", "0")])
def test_a_graph_whose_record_is_lost_is_not_created_again(
    directory: Path, urbansdg: Command, command: tuple[str, ...]
) -> None:
    """`init` and `serve --init` destroy no versions where only the record of the graph is lost."""
    (directory / "store.json").unlink()
    done = urbansdg(*command, "--data-dir", directory)
    assert done.returncode == 3
    assert "repair" in done.stderr
    assert sorted(path.name for path in (directory / "versions").iterdir()) == ["0", "1", "2", "3"]
    with pytest.raises(StoreExists):
        GraphStore.create(directory, _BASE)


def test_rollback_works_where_the_folder_of_the_current_version_is_gone(
    directory: Path, urbansdg: Command
) -> None:
    """`rollback` needs the version that it goes back to, and no other."""
    shutil.rmtree(directory / "versions" / "3")
    done = urbansdg("rollback", "1", "--data-dir", directory)
    assert done.returncode == 0, done.stderr
    store = GraphStore.open(directory)
    assert (store.current_number(), _values(store)) == (4, {"1"})


def test_damage_that_only_a_whole_read_shows_is_noted_for_the_next_write(directory: Path) -> None:
    """A bit that the disk flipped, at the same time and size, stops writes once it was noted."""
    _add(GraphStore.open(directory), 4)  # records the inodes of this copy
    table = next((directory / "versions" / "4" / "graph").glob("*.sst"))
    before = table.stat()
    _flip(table)
    os.utime(table, ns=(before.st_atime_ns, before.st_mtime_ns))
    store = GraphStore.open(directory)
    assert store.damage() == ""
    names = store.damaged_files()
    assert names == [f"graph/{table.name}"]
    folder = directory / "versions" / "4"
    checksums.note_suspects(folder, names)
    assert table.name in store.damage()
    with pytest.raises(VersionDamaged):
        _add(store, 5)
    _flip(table)
    assert store.damage() == ""


def test_a_write_reads_the_files_that_it_adds_and_no_others(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once their inodes are recorded, the files of a version are not read again by a write."""
    store, hashed = GraphStore.open(directory), list[str]()
    _add(store, 4)
    whole = checksums._hashed

    def counting(file: Path) -> str:
        hashed.append(file.name)
        return whole(file)

    monkeypatch.setattr(checksums, "_hashed", counting)
    _add(store, 5)
    shared = {file.name for file in (directory / "versions" / "4" / "graph").glob("*.sst")}
    assert hashed
    assert shared.isdisjoint(hashed)


def test_damaged_versions_are_removed_by_prune(directory: Path, urbansdg: Command) -> None:
    """`prune --damaged` removes damaged versions, and no version that is whole or current."""
    _OF_FILES["a missing log"](directory)
    _fault(lambda folder: folder / "versions" / "1" / "version.json", Path.unlink)(directory)
    repair(directory, "tests", _gate)
    done = urbansdg("prune", "--damaged", "--data-dir", directory)
    assert done.returncode == 0, done.stderr
    store = GraphStore.open(directory)
    assert store.numbers() == [0, 2, 4]
    assert store.verify().problems == ()
    assert prune(store, 1) == (0, 2)


def test_forgetting_names_a_damaged_version_and_how_to_remove_it(
    directory: Path, urbansdg: Command
) -> None:
    """`forget` cannot clean a version that it cannot read, and says what to do."""
    (directory / "versions" / "1" / "graph" / "CURRENT").unlink()
    done = urbansdg("forget", "urn:a", "--data-dir", directory)
    assert done.returncode == 3
    assert "Version 1" in done.stderr
    assert "prune --damaged" in done.stderr


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"a": "b"}', "[" * 99_999, "\x00"])
@pytest.mark.parametrize("name", ["tags.json", "tokens.json"])
def test_a_damaged_record_of_tags_or_tokens_is_an_error_and_set_aside_by_repair(
    directory: Path, urbansdg: Command, name: str, content: str
) -> None:
    """No command takes it for empty: `prune` would remove what has a tag. `repair` renames it."""
    (directory / name).write_text(content, "utf-8")
    command = ("prune", "--keep", "1") if name == "tags.json" else ("token", "list")
    done = urbansdg(*command, "--data-dir", directory)
    assert done.returncode == 3
    assert "repair" in done.stderr
    assert "Traceback" not in done.stderr
    assert GraphStore.open(directory).numbers() == [0, 1, 2, 3]
    repaired = urbansdg("repair", "--data-dir", directory)
    assert name in repaired.stdout
    assert not (directory / name).exists()
    assert urbansdg(*command, "--data-dir", directory).returncode == 0
