"""The two tiers that a version is served from."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from pyoxigraph import RdfFormat, Store, parse

from tests.support.server import eventually
from urbansdg.endpoint.workers.memory_tier import NotInMemory, advance, hold
from urbansdg.endpoint.workers.storage_tiers import StorageTiers
from urbansdg.sandbox.resource_limits import thread_count
from urbansdg.settings import read_settings
from urbansdg.store import GraphStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.server import Launch, Server

_COUNT = "SELECT (COUNT(*) AS ?n) { ?s <urn:value> ?o }"
_BLANK = b"_:here <urn:p> _:there <urn:g> ."


def _counted(server: Server) -> int:
    return int(server.ask(_COUNT).json()["results"]["bindings"][0]["n"]["value"])


@contextmanager
def _asking(server: Server) -> Iterator[list[int]]:
    """Ask again and again beside the block; give the statuses of the answers."""
    statuses: list[int] = []
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.005):
            statuses.append(server.ask(_COUNT).status_code)

    client = threading.Thread(target=ask)
    client.start()
    try:
        yield statuses
    finally:
        over.set()
        client.join()


@pytest.fixture
def version(tmp_path: Path) -> Path:
    """Return a version on disk with one statement about blank nodes."""
    store = Store(str(tmp_path / "version"))
    store.extend(parse(_BLANK, format=RdfFormat.N_QUADS))
    store.flush()
    return tmp_path / "version"


def test_a_version_in_memory_is_the_one_on_disk(version: Path) -> None:
    """A version in memory has the quads of the one on disk, blank nodes under the same names."""
    copy = hold(version, 1, 1 << 28)
    assert set(copy) == set(Store.read_only(str(version)))


def test_holding_a_version_leaves_no_thread(version: Path) -> None:
    """The process that holds a version has as many threads as before, so that it can be forked."""
    before = thread_count()
    hold(version, 1, 1 << 28)
    assert thread_count() == before


@pytest.mark.parametrize(("name", "triples"), [("version", 2), ("nowhere", 1)])
def test_a_version_that_does_not_come_whole_is_not_held(
    version: Path, name: str, triples: int
) -> None:
    """A version of which not every statement arrives is refused."""
    with pytest.raises(NotInMemory, match="statements were read"):
        hold(version.with_name(name), triples, 1 << 28)


@pytest.fixture
def next_version(version: Path) -> Path:
    """Return a version after that one: a statement is changed, and one is in a further graph."""
    Store(str(version)).backup(str(version.with_name("next")))
    store = Store(str(version.with_name("next")))
    store.update(
        "INSERT DATA { <urn:s> <urn:p> 1, 2 . GRAPH <urn:g> { <urn:s> <urn:p> 1 } };"
        "DELETE DATA { <urn:s> <urn:p> 2 }"
    )
    store.flush()
    return version.with_name("next")


def test_memory_advances_by_the_difference(version: Path, next_version: Path) -> None:
    """A version in memory becomes another one by their difference, in both directions."""
    store, before = hold(version, 1, 1 << 28), thread_count()
    assert advance(store, version, next_version, {"urn:s"}, 1 << 28) == (2, 0)
    assert set(store) == set(Store.read_only(str(next_version)))
    assert advance(store, next_version, version, {"urn:s"}, 1 << 28) == (0, 2)
    assert set(store) == set(Store.read_only(str(version)))
    assert thread_count() <= before  # those of tests before this one may end


@pytest.mark.parametrize("old", ["next", "nowhere"])
def test_memory_does_not_advance_from_another_version(
    version: Path, next_version: Path, old: str
) -> None:
    """A difference from a version that is not the one in memory, or that is gone, is refused."""
    store = hold(version, 1, 1 << 28)
    with pytest.raises(NotInMemory):
        advance(store, version.with_name(old), version, {"urn:s"}, 1 << 28)
    assert next_version.is_dir()


def test_a_version_over_the_budget_is_served_from_disk(launch: Launch, folder: Path) -> None:
    """A version that does not fit is served from disk."""
    with launch(folder, memory_budget="1MB") as server:
        assert server.ask(_COUNT).status_code == 200
        assert server.health()["tier"] == "disk"


def test_the_log_says_why_a_version_is_served_from_disk(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has the number of the version and the bytes that it would take."""
    caplog.set_level("INFO")
    version = GraphStore.open(folder).current()
    asyncio.run(StorageTiers(read_settings(memory_budget="1MB")).keep(version, pytest.fail))
    assert f"version {version.number} is served from disk" in caplog.text


def test_a_write_is_served_from_the_memory_that_was_there(
    launch: Launch, published: Callable[[Path, int], int], tmp_path: Path
) -> None:
    """The version after a write comes from the same process in memory, which reads its change."""
    folder = tmp_path / "graph"
    published(folder, 20)
    with launch(folder, "memory") as server:
        server.settle("memory")
        zygotes = server.zygotes()
        for rows in range(21, 24):
            published(folder, rows)
            assert eventually(lambda expected=rows: _counted(server) == expected)  # type: ignore[misc]
            assert server.health()["tier"] == "memory"
        assert server.zygotes() == zygotes


@pytest.mark.long
def test_versions_that_follow_each_other_fast_leave_two_workers_on_the_last(
    launch: Launch,
    published: Callable[[Path, int], int],
    soon: Callable[[Callable[[], bool]], bool],
    tmp_path: Path,
) -> None:
    """However fast versions follow, no query fails; the last is served by as many workers."""
    folder = tmp_path / "graph"
    published(folder, 1)
    with launch(folder, "memory") as server, _asking(server) as statuses:
        for rows in range(2, 7):
            last = published(folder, rows)
            assert soon(lambda expected=rows: _counted(server) == expected)  # type: ignore[misc]
        health = f"{server.url}/health"
        expected = {"version": last, "workers": 2, "tier": "memory"}
        assert soon(lambda: expected.items() <= httpx.get(health).json().items())
        assert soon(lambda: len(server.workers()) == 2)
        # One that opens versions on disk, one that holds the last: the others' memory is free.
        assert soon(lambda: len(server.zygotes()) == 2)
        assert {_counted(server) for _ in range(8)} == {6}
    assert set(statuses) == {200}
