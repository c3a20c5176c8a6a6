"""The index of the history: what it says, what it costs, and what a killed writer leaves."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from urbansdg.endpoint.editions.memento_datetimes import States
from urbansdg.endpoint.history import change_history
from urbansdg.endpoint.history.event_members import term
from urbansdg.endpoint.history.stream_nodes import first_of_view, older_node, view_relations
from urbansdg.endpoint.web.problem_details import Fault
from urbansdg.ontology.namespaces import USDG
from urbansdg.store import Change, Edit, GraphStore, MergedStore, Step, Version
from urbansdg.store.history import history_index
from urbansdg.store.history.history_index import (
    Changes,
    HistoryIndex,
    IndexedEvent,
    compressed,
    copy_index,
    read_index,
    write_index,
)
from urbansdg.store.publication import accept
from urbansdg.store.retention import prune

pytestmark = pytest.mark.long  # each test repairs or forgets in a graph of its own

_BASE = "http://example.org"
_LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CountedStore(GraphStore):
    """A graph that counts the versions that are opened, the records read, and the listings."""

    opened: list[int] = field(default_factory=list)
    records: list[int] = field(default_factory=list)
    listings: list[list[int]] = field(default_factory=list)

    def read(self, version: Version) -> MergedStore:
        """Open a version."""
        self.opened.append(version.number)
        return GraphStore.read(self, version)

    def version(self, number: int) -> Version:
        """Read the record of a version."""
        self.records.append(number)
        return GraphStore.version(self, number)

    def numbers(self) -> list[int]:
        """List the folders of all versions."""
        self.listings.append(GraphStore.numbers(self))
        return self.listings[-1]


def _update(store: GraphStore, text: str) -> None:
    edit = Edit((Step("update", text=text),), lambda _: None)
    store.publish(Change("tests", edit=edit), accept)


def _put(store: GraphStore, key: str, name: str, kind: str = "City") -> None:
    """Replace all that a graph states on a thing."""
    thing, graph = f"<{_BASE}/id/{key}>", f"<{_BASE}/graph/one>"
    statements = f'{thing} a <{USDG[kind]}> ; <{_LABEL}> "{name}" .'
    _update(
        store,
        f"DELETE WHERE {{ GRAPH {graph} {{ {thing} ?p ?o }} }} ;"
        f"INSERT DATA {{ GRAPH {graph} {{ {statements} }} }}",
    )


def _remove(store: GraphStore, key: str) -> None:
    thing, graph = f"<{_BASE}/id/{key}>", f"<{_BASE}/graph/one>"
    _update(store, f"DELETE WHERE {{ GRAPH {graph} {{ {thing} ?p ?o }} }}")


def _content(folder: Path) -> dict[str, object]:
    """Return all that an index says, except how the sitemap is divided."""
    with read_index(folder) as index:
        things = [iri for (iri,) in index.connection.execute("SELECT iri FROM things ORDER BY iri")]
        return {
            "changes": list(index.changes(1 << 40)),
            "events": {iri: index.events(iri, 1 << 40) for iri in things},
            "newest": index.newest_policies(1 << 40, 99),
            "listed": sorted(
                member for part in index.parts() for member in index.members(part.part)
            ),
            "pages": sorted(index.pages()),
            "gaps": index.has_gaps(),
        }


def _from_scratch(store: GraphStore) -> dict[str, object]:
    """Return what the index of a graph has to say, from the states of its versions."""
    events: dict[str, list[tuple[int, str]]] = {}
    added: dict[str, datetime] = {}
    changed: dict[str, datetime] = {}
    before: dict[str, set[tuple[str, ...]]] = {}
    for version in store.versions():
        now: dict[str, set[tuple[str, ...]]] = {}
        for quad in store.read(version):
            if isinstance(quad.subject, ox.NamedNode):
                terms = (str(quad.predicate), str(quad.object), str(quad.graph_name))
                now.setdefault(quad.subject.value, set()).add(terms)
        for iri in now.keys() | before.keys():
            if now.get(iri) == before.get(iri):
                continue
            kind = "Delete" if iri not in now else "Update" if iri in before else "Create"
            events.setdefault(iri, []).append((version.number, kind))
            changed[iri] = version.created
            if kind == "Create":
                added[iri] = version.created
        before = now
    policies = [
        iri for iri, facts in before.items() if any(str(USDG.Policy) in f[1] for f in facts)
    ]
    newest = sorted(((iri, added[iri]) for iri in policies), key=lambda new: new[0])
    newest.sort(key=lambda new: new[1], reverse=True)
    start = f"{_BASE}/id/"
    ours = [iri for iri in before if iri.startswith(start) or not iri.startswith(f"{_BASE}/")]
    return {
        "events": events,
        "newest": newest,
        "listed": sorted((iri, changed[iri]) for iri in ours),
        "gaps": False,
    }


@pytest.fixture
def store(tmp_path: Path) -> GraphStore:
    """Return an empty graph."""
    return GraphStore.create(tmp_path / "graph", _BASE)


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(1, 4), st.sampled_from(("City", "Policy"))),
        st.tuples(st.just("remove"), st.integers(1, 4), st.just("")),
        st.tuples(st.just("rollback"), st.integers(0, 3), st.just("")),
        st.tuples(st.just("build"), st.integers(0, 9), st.just("")),
    ),
    min_size=3,
    max_size=9,
)


@pytest.mark.long
@given(_STEPS)
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_index_equals_a_history_that_is_made_from_all_versions(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, str]]
) -> None:
    """Whatever is changed, rolled back and indexed in between, the index has the whole history."""
    folder = tmp_path_factory.mktemp("history")
    store = GraphStore.create(folder / "graph", _BASE)
    for place, (step, number, kind) in enumerate(steps):
        if step == "put":
            _put(store, str(number), f"name {place}", kind)
        elif step == "remove":
            _remove(store, str(number))
        elif step == "rollback":
            store.rollback(min(number, store.current_number()), "tests")
        else:
            change_history.build(
                store, store.version(number % (store.current_number() + 1)), folder
            )
    change_history.build(store, store.current(), folder)
    content, expected = _content(folder), _from_scratch(store)
    assert {name: content[name] for name in expected} == expected
    with read_index(folder) as index:
        for iri in index.connection.execute("SELECT iri FROM things").fetchall():
            spans = change_history.spans(index, store.current_number(), *iri)
            inside = {number for begins, ends in spans for number in range(begins, ends)}
            node = ox.NamedNode(*iri)
            assert inside == {
                version.number
                for version in store.versions()
                if any(store.read(version).quads_for_pattern(node, None, None))
            }


@pytest.mark.long
@pytest.mark.parametrize("count", [2, 12])
def test_a_new_version_opens_itself_and_the_one_before(
    store: GraphStore, tmp_path: Path, count: int
) -> None:
    """However many versions there are, a new one opens two, and the others are not even listed."""
    for number in range(count):
        _put(store, "one", f"name {number}")
    change_history.build(store, store.current(), tmp_path)
    _put(store, "one", "last")
    counted = CountedStore(store.directory, store.base)
    change_history.build(counted, store.current(), tmp_path)
    assert sorted(counted.opened) == [count, count + 1]
    assert len(counted.records) <= 12
    assert counted.listings == []


def test_what_is_indexed_is_not_opened_again(store: GraphStore, tmp_path: Path) -> None:
    """A version that the index has is not opened."""
    _put(store, "one", "name")
    change_history.build(store, store.current(), tmp_path)
    counted = CountedStore(store.directory, store.base)
    change_history.build(counted, store.current(), tmp_path)
    assert counted.opened == []


def _filled(folder: Path, count: int) -> None:
    """Fill an index with versions of which each changes one thing of ten."""
    with write_index(folder) as index, index.transaction():
        for number in range(count):
            _add(index, number)


def _add(index: HistoryIndex, number: int) -> None:
    moment = _BEGIN + timedelta(hours=number)
    event = IndexedEvent(f"urn:{number % 10}", "Update", policy=True, listed=True)
    changes = Changes(number, moment, number - 1 if number else None, 1, 1, str(number))
    index.add(changes, [event], [compressed(b"")], 10)


@contextmanager
def _counting(index: HistoryIndex) -> Iterator[list[int]]:
    """Count the instructions that sqlite runs: each row that it reads is several."""
    steps: list[int] = []
    index.connection.set_progress_handler(lambda: steps.append(1), 1)
    yield steps
    index.connection.set_progress_handler(None, 1)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Return the folders of an index of 20 versions and of one of 2,000."""
    folders = {count: tmp_path_factory.mktemp(f"filled-{count}") for count in (20, 2_000)}
    for count, folder in folders.items():
        _filled(folder, count)
    return folders


@pytest.mark.parametrize(
    "question",
    [
        lambda index, last: index.changes_of(last),
        lambda index, last: index.page(last, 1),
        lambda index, last: index.newest_policies(last, 5),
        lambda index, _: index.events("urn:nothing", 9),
        lambda index, _: index.parts(),
        lambda index, _: index.members(1),
        lambda index, last: States(range(last + 1), [(0, last + 1)], index.times)[last // 2],
    ],
)
def test_what_is_read_does_not_grow_with_the_versions(
    filled: dict[int, Path], question: Callable[[HistoryIndex, int], object]
) -> None:
    """A question to the index reads as many rows among 2,000 versions as among 20."""
    costs = []
    for count, folder in filled.items():
        with read_index(folder) as index, _counting(index) as steps:
            question(index, count - 1)
        costs.append(len(steps))
    assert costs[1] <= costs[0] + 10


def test_appending_does_not_grow_with_the_versions(filled: dict[int, Path]) -> None:
    """To append a version costs as much after 2,000 versions as after 20."""
    costs = []
    for count, folder in filled.items():
        with write_index(folder) as index, index.transaction(), _counting(index) as steps:
            _add(index, count)
        costs.append(len(steps))
    assert costs[1] <= costs[0] + 10


def test_the_state_at_a_time_takes_few_look_ups() -> None:
    """Among 10,000 versions, the one at a time is found by 15 look-ups."""
    looked_up = []

    def times(first: int, last: int) -> dict[int, datetime]:
        looked_up.append((first, last))
        return {n: _BEGIN + timedelta(hours=n) for n in range(first, last + 1)}

    numbers = [number for number in range(20_000) if number % 2]
    states = States(numbers, [(5, 100), (200, 20_000)], times)
    assert states.at(_BEGIN + timedelta(hours=9_000)).number == 8_999
    assert states.at(_BEGIN + timedelta(hours=150)).number == 99
    assert states.at(_BEGIN).number == 5
    assert len(looked_up) <= 48
    assert [state.number for state in states][:3] == [5, 7, 9]
    assert states[-1].number == 19_999
    assert (states.place_of(150), states.place_of(7)) == (None, 1)


@pytest.mark.parametrize("count", [1, 999, 1_000, 2_700])
def test_the_view_of_the_stream_is_bounded_and_leads_to_every_page(
    tmp_path: Path, count: int
) -> None:
    """The view has at most 1,000 versions; nodes of older pages lead to all others, once each."""
    _filled(tmp_path, count)
    start, pages, sizes = f"{_BASE}/events/", [], []
    with read_index(tmp_path) as index:
        quads = list(view_relations(index, count - 1, _BASE))
        while quads:
            to = [quad.object for quad in quads if quad.predicate == term("tree:node")]
            nodes = {node.value for node in to if isinstance(node, ox.NamedNode)}
            older = [node for node in nodes if "/before/" in node]
            pages += [node for node in nodes if node not in older]
            sizes.append(len(nodes))
            assert len(older) <= 1
            quads = older_node(index, int(older[0].rpartition("/")[2]), _BASE) if older else []
    assert sorted(pages) == sorted(f"{start}{number}/1" for number in range(count))
    assert max(sizes) <= 1_001
    assert len(sizes) == 1 + first_of_view(count - 1) // 500


def test_a_node_of_older_pages_stays_as_it_is(tmp_path: Path) -> None:
    """Versions that are published later change no node of older pages."""
    nodes = []
    for count in (1_600, 1_700):
        folder = tmp_path / str(count)
        _filled(folder, count)
        with read_index(folder) as index:
            assert first_of_view(count - 1) == 1_000
            nodes.append(sorted(map(str, older_node(index, 1_000, _BASE))))
    assert nodes[0] == nodes[1]


def test_only_the_part_of_a_changed_document_has_a_new_address(tmp_path: Path) -> None:
    """A change, a removal and a new document each touch one part of the sitemap."""

    def events(kind: str, *numbers: int) -> list[IndexedEvent]:
        return [IndexedEvent(f"urn:{n:03}", kind, policy=False, listed=True) for n in numbers]

    steps = [
        (events("Create", *range(35)), {1: 0, 2: 0, 3: 0, 4: 0}),
        (events("Update", 12), {1: 0, 2: 1, 3: 0, 4: 0}),
        (events("Delete", 25), {1: 0, 2: 1, 3: 2, 4: 0}),
        (events("Create", 99), {1: 0, 2: 1, 3: 3, 4: 0}),
        (events("Delete", *range(30, 35)), {1: 0, 2: 1, 3: 3}),
    ]
    with write_index(tmp_path) as index:
        for number, (changed, expected) in enumerate(steps):
            with index.transaction():
                moment = _BEGIN + timedelta(hours=number)
                index.add(Changes(number, moment, None, 1, 0, str(number)), changed, [], 10)
            assert {part.part: part.number for part in index.parts()} == expected
        members = {iri for part in (1, 2, 3) for iri, _ in index.members(part)}
        assert len(members) == 30
        assert max(len(index.members(part)) for part in (1, 2, 3)) == 10
        assert dict(index.members(2))["urn:012"] == _BEGIN + timedelta(hours=1)


def test_a_writer_that_is_killed_leaves_an_index_that_the_next_one_completes(
    store: GraphStore, tmp_path: Path
) -> None:
    """From any state of the files amid a transaction, the next build has the whole history."""
    for number in range(3):
        _put(store, f"{number}", "name" * 200, "Policy")
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    change_history.build(store, store.version(1), killed)
    change_history.build(store, store.current(), whole)
    states = tmp_path / "states"

    def snapshot() -> None:
        state = states / str(len(list(states.glob("*"))))
        shutil.copytree(killed, state)

    with write_index(killed) as index:
        index.connection.execute("PRAGMA cache_size = 1")  # so that pages reach the file early
        index.connection.set_progress_handler(snapshot, 400)
        with index.transaction(), read_index(whole) as source:
            for number in (2, 3):
                changes = source.changes_of(number)
                assert changes is not None
                iris = [iri for (iri,) in source.connection.execute("SELECT iri FROM things")]
                kinds = {iri: dict(source.events(iri, number)).get(number) for iri in iris}
                events = [
                    IndexedEvent(iri, kind, policy="/id/" in iri, listed=True)
                    for iri, kind in kinds.items()
                    if kind is not None
                ]
                index.add(changes, events, [compressed(source.page(number, 1) or b"")], 10)
        index.connection.set_progress_handler(None, 1)
    assert any((state / history_index.JOURNAL).exists() for state in states.iterdir())
    version = store.current()
    for state in states.iterdir():
        assert change_history.read_history(state, version) is None
        change_history.build(store, version, state)
        assert change_history.read_history(state, version) is not None
        assert _content(state) == _content(whole)


@pytest.mark.parametrize("damage", [b"", b"no database", b"SQLite format 3\x00" + bytes(90)])
def test_a_damaged_index_is_made_again(store: GraphStore, tmp_path: Path, damage: bytes) -> None:
    """A file that is not an index of this release is not read, and is replaced."""
    _put(store, "one", "name")
    (tmp_path / history_index.FILE).write_bytes(damage)
    assert change_history.read_history(tmp_path, store.current()) is None
    change_history.build(store, store.current(), tmp_path)
    content, expected = _content(tmp_path), _from_scratch(store)
    assert {name: content[name] for name in expected} == expected


def test_damage_that_a_reader_meets_is_repaired(store: GraphStore, tmp_path: Path) -> None:
    """A reader that meets damage answers 503; the next build makes the index again."""
    for number in range(3):
        _put(store, f"{number}", hashlib.shake_256(bytes([number])).hexdigest(9_000))
    change_history.build(store, store.current(), tmp_path)
    whole, file = _content(tmp_path), tmp_path / history_index.FILE
    content, repaired = file.read_bytes(), 0
    for start in range(4_096, len(content), 4_096):
        file.write_bytes(content[:start] + b"\xff" * 4_096 + content[start + 4_096 :])
        with suppress(Fault):
            change_history.read(tmp_path, lambda index: list(index.pages()))
            change_history.read(tmp_path, lambda index: list(index.changes(9)))
            change_history.read(tmp_path, lambda index: index.events(f"{_BASE}/id/1", 9))
            continue
        assert change_history.read_history(tmp_path, store.current()) is None
        change_history.build(store, store.current(), tmp_path)
        assert _content(tmp_path) == whole
        repaired += 1
    assert repaired > 5


def test_a_damaged_index_does_not_prevent_forgetting(store: GraphStore) -> None:
    """What cannot be cleaned is removed."""
    folder = store.directory / "catalogue"
    _put(store, "0", "Querida" * 500)
    change_history.build(store, store.current(), folder)
    file = folder / history_index.FILE
    content = file.read_bytes()
    file.write_bytes(content[:4_096] + b"\xff" * (len(content) - 4_096))
    store.forget("tests", frozenset({f"{_BASE}/id/0"}))
    assert not file.exists()
    change_history.build(store, store.current(), folder)
    assert not _content(folder)["gaps"]


def test_an_index_that_is_ahead_loses_what_does_not_exist(
    store: GraphStore, tmp_path: Path
) -> None:
    """Where the graph was set back and written to again, the index has the versions that exist."""
    for number in range(3):
        _put(store, "one", f"name {number}")
    change_history.build(store, store.current(), tmp_path)
    (store.directory / "current").write_text("1\n")
    assert change_history.read_history(tmp_path, store.version(1)) is not None
    _put(store, "two", "name")
    change_history.build(store, store.current(), tmp_path)
    content, expected = _content(tmp_path), _from_scratch(store)
    assert {name: content[name] for name in expected} == expected


def test_after_forgetting_the_index_is_whole_again(store: GraphStore) -> None:
    """Changes of pruned versions between others stay, and those of the others are made again."""
    folder = store.directory / "catalogue"
    for number in range(4):
        _put(store, f"{number}", "name")
    change_history.build(store, store.current(), folder)
    shutil.rmtree(store.directory / "versions" / "2")
    store.forget("tests", frozenset({f"{_BASE}/id/0"}))
    change_history.build(store, store.current(), folder)
    with read_index(folder) as index:
        assert index.events(f"{_BASE}/id/0", 99) == [(5, "Delete")]
        assert [changes.number for changes in index.changes(99)] == [0, 1, 2, 3, 4, 5]
        assert index.events(f"{_BASE}/id/1", 99)[0] == (2, "Create")
        assert not index.has_gaps()
        assert index.redactions() == store.redactions()


def test_patches_lead_from_version_to_version(store: GraphStore, tmp_path: Path) -> None:
    """The index has the patch of each version, until a redaction removes them all."""
    for number in range(3):
        _put(store, f"{number}", "name")
    change_history.build(store, store.current(), tmp_path)
    with read_index(tmp_path) as index:
        assert index.leads(0, 3)
        assert index.leads(2, 2)
        assert not index.leads(2, 4)
        document = gzip.decompress(index.patch(2) or b"")
    assert document.startswith(f"H id <{_BASE}/id/version/2> .".encode())
    folder = store.directory / "catalogue"
    shutil.copytree(tmp_path, folder, ignore=shutil.ignore_patterns("graph"))
    shutil.rmtree(store.directory / "versions" / "1")
    store.forget("tests", frozenset({f"{_BASE}/id/0"}))
    with read_index(folder) as index:
        assert [index.patch(number) for number in range(4)] == [None] * 4
        assert index.changes_of(1) is not None


def test_an_index_elsewhere_that_missed_a_redaction_is_made_anew(
    store: GraphStore, tmp_path: Path
) -> None:
    """A copy in a temporary folder loses all that it has, pages of pruned versions too."""
    for number in range(3):
        _put(store, f"{number}", "Querida")
    change_history.build(store, store.current(), tmp_path)
    prune(store, 1)
    store.forget("tests", frozenset({f"{_BASE}/id/{number}" for number in range(3)}))
    change_history.build(store, store.current(), tmp_path)
    assert b"Querida" not in (tmp_path / history_index.FILE).read_bytes()
    with read_index(tmp_path) as index:
        assert [changes.number for changes in index.changes(99)] == [3, 4]


def test_an_index_can_be_copied_while_it_is_read(store: GraphStore, tmp_path: Path) -> None:
    """A server that cannot write to the data directory begins with a copy of its index."""
    _put(store, "one", "name")
    folder = store.directory / "catalogue"
    change_history.build(store, store.current(), folder)
    with read_index(folder):
        copy_index(folder, tmp_path)
    assert _content(tmp_path) == _content(folder)
    with pytest.raises(sqlite3.Error):
        copy_index(tmp_path / "graph", tmp_path)


def test_pages_that_release_0_2_left_are_moved_into_the_index(
    store: GraphStore, tmp_path: Path
) -> None:
    """Changes of pruned versions in folders are imported; what is left of the folders goes."""
    for number in range(3):
        _put(store, "one", f"name {number}")
    change_history.build(store, store.current(), tmp_path)
    with read_index(tmp_path) as index:
        changes = list(index.changes(99))
        pages = {known.number: index.page(known.number, 1) or b"" for known in changes}
    expected = _content(tmp_path)
    history_index.discard(tmp_path)
    for known in changes:
        folder = tmp_path / "changes" / str(known.number)
        folder.mkdir(parents=True)
        record = {name: getattr(known, name) for name in known.__slots__}
        (folder / "changes.json").write_text(json.dumps(record, default=str))
        (folder / "1.nq").write_bytes(pages[known.number])
    (folder / "1.nq").write_bytes(b"broken")
    (tmp_path / "history" / "3").mkdir(parents=True)
    shutil.rmtree(store.directory / "versions" / "1")
    change_history.build(store, store.current(), tmp_path)
    assert _content(tmp_path) == expected
    assert {path.name for path in tmp_path.iterdir()} == {"graph", history_index.FILE}
