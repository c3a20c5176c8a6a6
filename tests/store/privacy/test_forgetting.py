"""Forgetting: what leaves with a person, from all versions, from all files."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.support.stored_bytes import stored_bytes
from urbansdg.endpoint.editions.subject_files import make_subject_file
from urbansdg.endpoint.history import change_history
from urbansdg.store import Change, Gate, GraphStore, Published, hold
from urbansdg.store import backup as back_up
from urbansdg.store.history.history_index import (
    Changes,
    IndexedEvent,
    compressed,
    read_index,
    write_index,
)
from urbansdg.store.privacy import redaction
from urbansdg.store.versions import checksums
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.version import WITHHELD, write_version

pytestmark = pytest.mark.long  # each test forgets in a graph of its own

MakeChange = Callable[..., Change]
_V = "http://www.w3.org/2006/vcard/ns#"
_U = "https://w3id.org/urbansdg/ontology#"
_A = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_PLANTED = (b"Querida", b"quelle-kim@city.example", b"+82-2-555-0199")


def _person(key: str, home: str = "") -> str:
    home = home or key
    lines = [
        f"<urn:city> <{_U}contact> <urn:{key}> .",
        f"<urn:{key}> {_A} <{_V}Individual> .",
        f"<urn:{key}> <{_V}fn> '{key} Querida' .",
        f"<urn:{key}> <{_V}hasEmail> <mailto:quelle-{key}@city.example> .",
        f"<urn:{key}> <{_V}hasTelephone> <tel:+82-2-555-0199> .",
        f"<urn:{key}> <{_V}hasAddress> _:{home} . _:{home} <{_V}locality> 'Querida {key}' .",
        f"<urn:{key}> <http://www.w3.org/ns/org#memberOf> <urn:office> .",
        f"<urn:{key}> <{_U}consent> <urn:{key}/consent> .",
        f"<urn:{key}/consent> {_A} <{_U}Consent> .",
        f"<urn:{key}/consent> <{_U}consentPurpose> 'To reach Querida.'@en .",
    ]
    return "\n".join(lines).replace("'", '"').replace(" . _:", " .\n_:") + "\n"


_OFFICE = f"<urn:office> {_A} <{_V}Organization> .\n<urn:city> {_A} <{_U}City> .\n"
_MORE = "<urn:x> <urn:y> <urn:z> .\n"


def _text(store: GraphStore, number: int) -> str:
    return "\n".join(map(str, store.read(store.version(number))))


def _publish(store: GraphStore, change: Change, gate: Gate) -> int:
    return store.publish(change, gate).version.number


def _files_with(folder: Path, texts: tuple[bytes, ...] = _PLANTED) -> Iterator[str]:
    for file in folder.rglob("*"):
        if file.is_file():
            content = stored_bytes(file)
            if any(text in content for text in texts):
                yield str(file.relative_to(folder))


@pytest.fixture
def planted(graph_store: GraphStore, make_change: MakeChange, let_through: Gate) -> GraphStore:
    """Return a graph of 0.3.0 with a person in versions 1 to 3, in version 3 in another way."""
    _publish(graph_store, make_change(_OFFICE + _person("kim")), let_through)
    _publish(graph_store, make_change(_MORE, graph="others"), let_through)
    changed = _person("kim").replace("Querida kim", "Querida elsewhere")
    _publish(graph_store, make_change(_OFFICE + changed), let_through)
    _publish(graph_store, make_change(_OFFICE + _MORE), let_through)
    DataDirectory(graph_store.directory).persons.unlink()
    return graph_store


def test_no_byte_of_a_person_stays_in_the_data_directory(
    planted: GraphStore, tmp_path: Path
) -> None:
    """Name, mailbox and telephone leave every file, those that versions share and those made later.

    The person is not in the current version any more, whose store files have the bytes all the
    same.
    """
    layout = DataDirectory(planted.directory)
    change_history.build(planted, planted.current(), layout.catalogue)
    make_subject_file(str(planted.directory), 3, str(layout.catalogue / "subjects"))
    assert {"versions/4", "catalogue/history.sqlite", "catalogue/subjects"} <= {
        "/".join(name.split("/")[:2]) for name in _files_with(planted.directory)
    }
    assert planted.remove_persons("tests").removed
    assert list(_files_with(planted.directory)) == []
    change_history.build(planted, planted.current(), layout.catalogue)
    make_subject_file(str(planted.directory), 3, str(layout.catalogue / "subjects"))
    back_up(planted, planted.current(), tmp_path / "backup.tar")
    assert list(_files_with(planted.directory)) == []
    assert not any(text in (tmp_path / "backup.tar").read_bytes() for text in _PLANTED)


def test_the_report_counts_what_left_by_place(planted: GraphStore) -> None:
    """Forgetting reports how many statements left each version, and how many were rewritten."""
    layout = DataDirectory(planted.directory)
    change_history.build(planted, planted.current(), layout.catalogue)
    removed = planted.remove_persons("tests").removed
    assert removed["version 1"] == removed["version 2"] == removed["version 3"] == 11
    assert "version 4" not in removed
    assert "current version" not in removed
    assert removed["rewritten versions"] == 6
    assert removed["histories of versions"] == 5
    assert planted.remove_persons("tests").removed == {}
    assert planted.forget("tests").removed == {}


def test_all_other_statements_stay_in_every_version(planted: GraphStore) -> None:
    """Every version has what it had before, without the person; counts and checksums agree."""
    before = {v.number: {str(q) for q in planted.read(v)} for v in planted.versions()}
    planted.remove_persons("tests")
    for version in planted.versions():
        quads = set(planted.read(version))
        if version.number in before:
            texts = before[version.number]
            assert {str(quad) for quad in quads} == {
                text for text in texts if "kim" not in text and "Querida" not in text
            }
            assert version.mark == f"{version.number}.1"
        assert version.triples == len(quads)
        assert {name: count.triples for name, count in version.graphs.items()} == {
            graph.value: sum(1 for quad in quads if quad.graph_name == graph)
            for graph in {quad.graph_name for quad in quads}
            if isinstance(graph, ox.NamedNode)
        }
        assert checksums.damaged(version.path.parent) == []
    assert not DataDirectory(planted.directory).redaction_due.exists()


@pytest.mark.long
def test_the_versions_share_files_after_that_as_before(
    graph_store: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """Rewriting 12 versions of a graph takes the space of one, and of their changes."""
    big = "".join(f'<urn:s{n}> <urn:p> "{n:0200}" .\n' for n in range(5_000))
    _publish(graph_store, make_change(big, graph="big"), let_through)
    for number in range(11):
        person = _person("kim") if number == 5 else _OFFICE
        _publish(graph_store, make_change(f"{person}<urn:a> <urn:b> <urn:{number}> ."), let_through)
    graph_store.forget("tests")
    files = {
        file.stat().st_ino: file.stat().st_size
        for file in (graph_store.directory / "versions").rglob("*")
        if file.is_file()
    }
    size = sum(file.stat().st_size for file in graph_store.current().path.glob("*.sst"))
    assert sum(files.values()) < 2 * size + 14 * 800_000


def test_a_person_leaves_other_graphs_unless_they_say_it_is_something_else(
    graph_store: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """What other graphs state of a person leaves; a city that a graph calls a person stays."""
    _publish(graph_store, make_change(_person("kim"), graph="one"), let_through)
    kim = '<urn:kim> <urn:says> "Querida" .\n<urn:page> <urn:to> <mailto:quelle-kim@city.example> .'
    _publish(graph_store, make_change(kim, graph="two"), let_through)
    _publish(graph_store, make_change(_OFFICE, graph="three"), let_through)
    called = f"<urn:city> {_A} <{_V}Individual> .\n"
    _publish(graph_store, make_change(called, graph="four"), let_through)
    graph_store.forget("tests")
    text = _text(graph_store, graph_store.current_number())
    assert f"<urn:city> {_A} <{_U}City> <http://localhost:8000/graph/three>" in text
    assert "Individual" not in text
    assert "Querida" not in text
    assert "quelle" not in text


@pytest.mark.long
@pytest.mark.parametrize(
    "kind",
    [
        "http://schema.org/GovernmentOffice",
        "https://schema.org/Organization",
        "http://www.w3.org/ns/org#OrganizationalUnit",
        "http://xmlns.com/foaf/0.1/Organization",
        "urn:bureau",
    ],
)
def test_an_office_keeps_the_mailbox_that_a_person_gave_too(
    graph_store: GraphStore, make_change: MakeChange, let_through: Gate, kind: str
) -> None:
    """An office of any class of organisations keeps its mailbox where a person leaves with it."""
    mailbox = f"<urn:office> <{_V}hasEmail> <mailto:quelle-kim@city.example>"
    shared = f"<urn:office> {_A} <{kind}> .\n{mailbox} .\n"
    if kind == "urn:bureau":
        below = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
        shared += f"<urn:bureau> {below} <http://www.w3.org/ns/org#Organization> .\n"
    _publish(graph_store, make_change(_person("kim") + shared), let_through)
    graph_store.forget("tests")
    text = _text(graph_store, graph_store.current_number())
    assert "Querida" not in text
    assert mailbox in text


def test_a_named_thing_leaves_every_version_with_its_parts(
    graph_store: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """An opinion that is named leaves with its body and with what points to it."""
    oa = "http://www.w3.org/ns/oa#"
    opinion = (
        f"<urn:o> {_A} <{oa}Annotation> .\n<urn:o> <{oa}hasBody> <urn:body> .\n"
        '<urn:body> <http://www.w3.org/1999/02/22-rdf-syntax-ns#value> "Unseemly"@en .\n'
        f"<urn:reply> <{oa}hasTarget> <urn:o> .\n"
    )
    first = _publish(graph_store, make_change(_OFFICE + opinion), let_through)
    assert graph_store.forget("tests").removed == {}
    forgotten = graph_store.forget("tests", frozenset({"urn:o"}))
    assert forgotten.removed["current version"] == forgotten.removed[f"version {first}"] == 4
    assert not any("urn:o>" in _text(graph_store, v.number) for v in graph_store.versions())
    assert list(_files_with(graph_store.directory, (b"Unseemly",))) == []


def test_bytes_that_an_older_release_left_in_files_leave_too(
    graph_store: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """A version from which a release left out data is written anew, though it states nothing."""
    _publish(graph_store, make_change(_OFFICE), let_through)
    current = graph_store.current()
    graph = current.path.parent / "graph"
    state = ox.Store(str(graph))
    quad = ox.Quad(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), ox.Literal("Querida" * 3))
    state.add(quad)
    state.remove(quad)
    del state
    marked = {
        name: replace(count, source=count.source | {WITHHELD: "2026-05-01"})
        for name, count in current.graphs.items()
    }
    write_version(replace(current, graphs=marked), current.path.parent)
    checksums.record(current.path.parent, None)
    DataDirectory(graph_store.directory).persons.unlink()
    assert list(_files_with(graph_store.directory))
    graph_store.remove_persons("tests")
    assert list(_files_with(graph_store.directory)) == []


def test_a_rollback_brings_nobody_back(planted: GraphStore) -> None:
    """Going back to a version with a person gives its other content."""
    back = planted.rollback(1, "tests")
    assert isinstance(back, Published)
    assert "Querida" not in _text(planted, back.version.number)
    assert f"<urn:office> {_A}" in _text(planted, back.version.number)
    assert back.version.triples == len(planted.read(back.version))


def test_forgetting_that_was_cut_off_is_done_by_the_next_writer(
    planted: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """Killed after the promotion, the versions before are revised when somebody writes again."""

    def die(step: str) -> None:
        if step == "promoted":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(planted, observe=die).remove_persons("tests")
    assert "Querida" in _text(planted, 1)
    planted.publish(make_change(_MORE, graph="later"), let_through)
    assert not any("Querida" in _text(planted, version.number) for version in planted.versions())
    assert redaction.is_searched(DataDirectory(planted.directory))


def test_a_reader_keeps_what_it_has_open_until_it_lets_go(
    planted: GraphStore,
    make_change: MakeChange,
    let_through: Gate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The files of the state before stay while somebody holds them, are reported, and go then."""
    monkeypatch.setattr(redaction, "_WAIT", 0.0)
    before = planted.version(1).path
    with closing(hold(before)):
        assert planted.remove_persons("tests").in_use == (1,)
        assert before.exists()
    _publish(planted, make_change(_MORE, graph="later"), let_through)
    assert not before.exists()
    assert list(_files_with(planted.directory)) == []


def test_pages_of_changes_of_versions_that_are_gone_are_cleaned(planted: GraphStore) -> None:
    """What was kept of a removed version for harvesters lacks the person too."""
    layout = DataDirectory(planted.directory)
    page = _person("kim").replace(" .\n", " <urn:member> .\n")
    page += _OFFICE.replace(" .\n", " <urn:other> .\n")
    page += "<urn:member> <https://www.w3.org/ns/activitystreams#object> <urn:kim> .\n"
    moment = planted.version(0).created
    event = IndexedEvent("urn:kim", "Create", policy=False, listed=True)
    with write_index(layout.catalogue) as index, index.transaction():
        changes = Changes(0, moment, None, 1, 1, "0")
        index.add(changes, [event], [compressed(page.encode())], 10)
    assert "history.sqlite" in {Path(name).name for name in _files_with(layout.catalogue)}
    shutil.rmtree(layout.versions / "0")
    removed = planted.remove_persons("tests").removed
    assert removed["pages of changes"] > 0
    with read_index(layout.catalogue) as index:
        cleaned = index.page(0, 1) or b""
        assert index.events("urn:kim", 99) == []
        assert index.changes_of(0) == changes
    assert b"Querida" not in cleaned
    assert f"<urn:office> {_A}" in cleaned.decode()
    assert list(_files_with(layout.catalogue, (*_PLANTED, b"urn:kim"))) == []


def test_a_journal_that_a_killed_writer_left_is_forgotten_too(
    planted: GraphStore, tmp_path: Path
) -> None:
    """Where the index was being changed, neither its pages nor its journal keep the person."""
    layout = DataDirectory(planted.directory)
    change_history.build(planted, planted.current(), layout.catalogue)
    state = tmp_path / "state"
    with write_index(layout.catalogue) as index, suppress(KeyboardInterrupt):
        index.connection.execute("PRAGMA cache_size = 1")  # so that pages reach the file early
        with index.transaction():
            index.remove([1, 2])
            shutil.copytree(layout.catalogue, state)
            raise KeyboardInterrupt
    shutil.rmtree(layout.catalogue)
    shutil.copytree(state, layout.catalogue)
    assert "history.sqlite-journal" in set(_files_with(layout.catalogue))
    assert planted.remove_persons("tests").removed["histories of versions"] == 5
    assert list(_files_with(planted.directory)) == []
    assert {path.name for path in layout.catalogue.iterdir()} == {"history.sqlite"}


def test_a_person_without_an_iri_is_forgotten_too(
    graph_store: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """A person given as a blank node, or as nothing but a mailbox, leaves every version."""
    nameless = _person("kim").replace("<urn:kim>", "_:kim")
    _publish(graph_store, make_change(_OFFICE + nameless), let_through)
    alone = f"<urn:bare> <{_V}hasEmail> <mailto:quelle-bare@city.example> .\n"
    _publish(graph_store, make_change(_OFFICE + alone), let_through)
    graph_store.forget("tests")
    for version in graph_store.versions():
        text = _text(graph_store, version.number)
        assert "Querida" not in text
        assert "quelle" not in text


def test_a_record_of_what_is_due_that_cannot_be_read_stands_for_every_person(
    planted: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """A damaged record loses the names of things, and no person stays for that."""
    DataDirectory(planted.directory).redaction_due.write_text(json.dumps({"things": 3}), "utf-8")
    _publish(planted, make_change(_MORE, graph="later"), let_through)
    assert not any("Querida" in _text(planted, version.number) for version in planted.versions())
