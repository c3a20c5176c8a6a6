"""The retention policy in the server: what it removes, and what it waits for."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from urbansdg.endpoint.editions import version_retention
from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.editions.version_retention import VersionRetention
from urbansdg.endpoint.history import change_history
from urbansdg.endpoint.versions.version_follower import Follower
from urbansdg.settings import RetentionPolicy
from urbansdg.store import Change, Edit, GraphStore, Step
from urbansdg.store.history.history_index import read_index
from urbansdg.store.publication import accept
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.writer_lock import writing

pytestmark = pytest.mark.long  # each test serves a graph of its own


@pytest.fixture
def store(tmp_path: Path) -> GraphStore:
    """Return a graph of four versions."""
    store = GraphStore.create(tmp_path / "graph", "http://example.org")
    for number in range(3):
        text = f"INSERT DATA {{ GRAPH <urn:g> {{ <urn:a> <urn:b> <urn:{number}> }} }}"
        edit = Edit((Step("update", text=text),), lambda _: None)
        store.publish(Change("tests", edit=edit), accept)
    return store


def _apply(store: GraphStore, prepare: Callable[[Editions], None]) -> bool:
    async def apply() -> bool:
        editions, follower = Editions(store), Follower(store)
        prepare(editions)
        policy = RetentionPolicy()
        retention = VersionRetention(store, policy, editions, lambda: follower.snapshot)
        try:
            return await retention.apply()
        finally:
            await editions.close()

    return asyncio.run(apply())


def test_the_changes_of_removed_versions_are_in_the_index(store: GraphStore) -> None:
    """The server indexes what versions changed before it removes them."""
    assert _apply(store, lambda _: None)
    assert store.numbers() == [3]
    with read_index(store.directory / "catalogue") as index:
        assert [changes.number for changes in index.changes(9)] == [0, 1, 2, 3]


def test_a_writer_comes_first(store: GraphStore) -> None:
    """While somebody writes, nothing is removed, and it is tried again."""
    change_history.build(store, store.current(), store.directory / "catalogue")
    with writing(DataDirectory(store.directory).lock, 0.0):
        assert not _apply(store, lambda _: None)
    assert len(store.numbers()) == 4


def test_without_a_history_nothing_is_removed(store: GraphStore) -> None:
    """Where the index cannot be made, every version stays."""

    def damage(editions: Editions) -> None:
        shutil.rmtree(editions.folder)
        editions.folder.write_text("in the way")

    assert not _apply(store, damage)
    assert len(store.numbers()) == 4


@pytest.mark.parametrize(("quiet_seconds", "left"), [(0.1, 1), (3_600.0, 4)])
def test_the_policy_waits_for_a_quiet_moment(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch, quiet_seconds: float, left: int
) -> None:
    """The server applies the policy once the current version has stayed for a while."""
    monkeypatch.setattr(version_retention, "_BETWEEN_LOOKS", 0.05)
    monkeypatch.setattr(version_retention, "_QUIET_SECONDS", quiet_seconds)
    change_history.build(store, store.current(), store.directory / "catalogue")

    async def run() -> None:
        editions, follower = Editions(store), Follower(store)
        retention = VersionRetention(store, RetentionPolicy(), editions, lambda: follower.snapshot)
        running = asyncio.ensure_future(retention.run())
        await asyncio.sleep(0.5)
        async with asyncio.timeout(10):
            while len(store.numbers()) > left:
                await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await editions.close()

    asyncio.run(run())
    assert len(store.numbers()) == left
