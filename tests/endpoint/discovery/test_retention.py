"""What is made from versions, and how long it is kept: without a server, in small graphs."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from urbansdg.endpoint.editions import edition
from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.history import change_history
from urbansdg.endpoint.web.problem_details import Fault
from urbansdg.store import Change, GraphStore, Replacement, Source
from urbansdg.store.history.history_index import Changes, read_index
from urbansdg.store.publication import accept
from urbansdg.store.retention import prune

_BASE = "http://example.org"
_LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"


@pytest.fixture
def store(tmp_path: Path) -> GraphStore:
    """Return an empty graph."""
    return GraphStore.create(tmp_path / "graph", _BASE)


@pytest.fixture
def publish(store: GraphStore) -> Callable[[str], None]:
    """Return the publisher of a version in which there is one city, with that name."""

    def publish(name: str) -> None:
        text = f'<{_BASE}/id/city/one> <{_LABEL}> "{name}"@en .\n'
        file = store.directory.parent / "one.nt"
        file.write_text(text, "utf-8")
        source = Source("one", hashlib.sha256(text.encode()).hexdigest(), "tests", "1")
        change = Change("tests", (Replacement(f"{_BASE}/graph/one", (file,), source),))
        store.publish(change, accept)

    return publish


def _changes(store: GraphStore, folder: Path) -> list[Changes]:
    """Return the changes of all versions, by the index in a folder."""
    with read_index(folder) as index:
        return list(index.changes(store.current_number()))


def test_changes_outlive_their_versions(
    store: GraphStore, publish: Callable[[str], None], tmp_path: Path
) -> None:
    """The changes of a pruned version stay in the history unchanged."""
    for name in ("A", "B", "C"):
        publish(name)
    change_history.build(store, store.current(), tmp_path)
    before = _changes(store, tmp_path)
    assert 1 in prune(store, 1)
    publish("D")
    change_history.build(store, store.current(), tmp_path)
    after = _changes(store, tmp_path)
    assert after[:-1] == before
    assert after[-1].number == 4
    with read_index(tmp_path) as index:
        assert change_history.spans(index, 4, f"{_BASE}/id/city/one") == [(1, 5)]


def test_a_history_begins_with_the_oldest_version(
    store: GraphStore, publish: Callable[[str], None], tmp_path: Path
) -> None:
    """Where earlier versions were removed before, the oldest one counts as all new."""
    for name in ("A", "B", "C"):
        publish(name)
    prune(store, 1)
    change_history.build(store, store.current(), tmp_path)
    changes = _changes(store, tmp_path)
    assert [(change.number, change.since) for change in changes] == [(3, None)]


def test_what_was_made_of_another_state_is_not_taken(
    store: GraphStore, publish: Callable[[str], None], tmp_path: Path
) -> None:
    """What was made of a version with that number, but of another time, is made again."""
    publish("A")
    version = store.current()
    edition.build(store, version, tmp_path)
    change_history.build(store, version, tmp_path)
    other = replace(version, created=version.created + timedelta(seconds=1))
    assert edition.read_edition(tmp_path, version) is not None
    assert change_history.read_history(tmp_path, version) is not None
    assert edition.read_edition(tmp_path, other) is None
    assert change_history.read_history(tmp_path, other) is None


def test_only_the_newest_editions_are_kept(
    store: GraphStore,
    publish: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Dumps of old versions are removed when there are too many."""
    monkeypatch.setattr(edition, "EDITIONS_KEPT", 2)
    for name in ("A", "B", "C"):
        publish(name)
        edition.build(store, store.current(), tmp_path)
    assert {path.name for path in (tmp_path / "editions").iterdir()} == {"2", "3"}


def test_what_was_asked_for_is_kept_however_old(
    store: GraphStore,
    publish: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is made of an old version is there, also where there is enough of newer ones."""
    monkeypatch.setattr(edition, "EDITIONS_KEPT", 2)
    for name in ("A", "B", "C"):
        publish(name)
        edition.build(store, store.current(), tmp_path)
    old = store.version(1)
    edition.build(store, old, tmp_path)
    assert edition.read_edition(tmp_path, old) is not None
    assert {path.name for path in (tmp_path / "editions").iterdir()} == {"1", "3"}


def test_a_directory_that_cannot_be_written_is_no_hindrance(
    store: GraphStore, publish: Callable[[str], None]
) -> None:
    """Where `catalogue` cannot be written, the edition is made in a temporary folder."""
    publish("A")
    (store.directory / "catalogue").write_text("in the way")

    async def build() -> tuple[edition.Edition, Path]:
        editions = Editions(store)
        built = await asyncio.gather(*(editions.edition(1) for _ in range(5)))
        assert len(set(map(id, built))) <= 5
        _, there = await editions.dump(1, "all.nq.gz")
        assert there.is_file()
        await editions.close()
        return built[0], there

    built, file = asyncio.run(build())
    assert built.statistics is not None
    assert built.statistics.triples == store.current().triples
    assert not file.exists()


def test_a_version_that_cannot_be_counted_is_a_fault(
    store: GraphStore, publish: Callable[[str], None]
) -> None:
    """A version whose files are damaged gives a 503 with Retry-After, and nothing is left over."""
    publish("A")
    for file in store.current().path.glob("*.sst"):
        file.unlink()
    (store.current().path / "CURRENT").write_text("nothing\n")

    async def build() -> None:
        editions = Editions(store)
        try:
            await editions.edition(1)
        finally:
            await editions.close()

    with pytest.raises(Fault) as caught:
        asyncio.run(build())
    assert caught.value.status == 503
    assert caught.value.headers
    assert list((store.directory / "catalogue").rglob(".draft-*")) == []
