"""The search indexes of a server are there for each version, and never of what was forgotten."""

import asyncio
import shutil
from pathlib import Path

import pytest

from urbansdg.endpoint.search.search_indexes import SearchIndexes
from urbansdg.search import index_record
from urbansdg.search.index_build import index_folder, make_index
from urbansdg.search.index_folder import SearchIndex
from urbansdg.search.index_schema import FORMAT
from urbansdg.search.search_request import SearchRequest
from urbansdg.store import Change, Edit, GraphStore, Step, Version, prune
from urbansdg.store.publication import accept

pytestmark = pytest.mark.long  # each test serves a graph of its own

_BASE = "http://localhost:8000"
_POLICY = f"{_BASE}/id/policy/quokka"


def _write(store: GraphStore, title: str) -> None:
    text = f"""PREFIX usdg: <https://w3id.org/urbansdg/ontology#>
        INSERT DATA {{ GRAPH <{_BASE}/graph/a> {{
            <{_POLICY}> a usdg:Policy ; <http://purl.org/dc/terms/title> "{title}"@en }} }}"""
    edit = Edit((Step("update", text=text),), lambda _: None)
    store.publish(Change("tester", edit=edit), accept)


@pytest.fixture
def store(tmp_path: Path) -> GraphStore:
    """Return a graph with one policy."""
    store = GraphStore.create(tmp_path / "graph", _BASE)
    _write(store, "Quokkas on lanes")
    return store


async def _awaited(indexes: SearchIndexes, version: Version) -> SearchIndex:
    """Return the index of a version when it is made: on a busy machine that takes a while."""
    while (index := await indexes.of(version)) is None:
        pass
    return index


def _search(index: SearchIndex | None, words: str) -> list[str]:
    assert index is not None
    return [hit.iri for hit in index.search(SearchRequest(words)).hits]


def test_an_index_is_made_when_it_is_missing_or_damaged(store: GraphStore) -> None:
    """The index of any version is made on request, and again where a byte of it was changed."""
    indexes = SearchIndexes(store, store.directory / "catalogue", makes_here=True)
    version = store.current()

    async def work() -> None:
        assert _search(await _awaited(indexes, version), "quokkas") == [_POLICY]
        indexes.close_open()
        folder = index_folder(indexes.catalogue, version.number)
        file = max(folder.glob("*.idx"))
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        assert await indexes.ready(version) is None
        assert _search(await _awaited(indexes, version), "quokkas") == [_POLICY]
        shutil.rmtree(folder)
        indexes.close_open()
        assert _search(await _awaited(indexes, version), "quokkas") == [_POLICY]
        await indexes.close()

    asyncio.run(work())


def test_forgetting_reaches_the_indexes(store: GraphStore) -> None:
    """After a thing is forgotten, no index is left, and none that is open is used."""
    catalogue = store.directory / "catalogue"
    indexes = SearchIndexes(store, catalogue)
    version = store.current()

    async def work() -> None:
        make_index(store, version, catalogue)
        assert await indexes.ready(version) is not None
        store.forget("tester", frozenset({_POLICY}))
        assert not list((catalogue / "search").glob("*"))
        for number in store.numbers():
            assert await indexes.ready(store.version(number)) is None
            make_index(store, store.version(number), catalogue)
            assert _search(await indexes.ready(store.version(number)), "quokkas") == []
        await indexes.close()

    asyncio.run(work())


def test_pruning_removes_the_indexes_of_versions(store: GraphStore) -> None:
    """`prune` removes the index of a version with the version."""
    catalogue = store.directory / "catalogue"
    for title in ("Lanes", "Roads"):
        make_index(store, store.current(), catalogue)
        _write(store, title)
    make_index(store, store.current(), catalogue)
    assert {path.name for path in (catalogue / "search").iterdir()} == {"1", "2", "3"}
    prune(store, 1)
    assert {path.name for path in (catalogue / "search").iterdir()} == {"3"}


def test_an_index_is_read_where_its_folder_cannot_be_written(store: GraphStore) -> None:
    """An index opens although the engine cannot lock its folder, as in a read-only directory."""
    catalogue = store.directory / "catalogue"
    make_index(store, store.current(), catalogue)
    folder = index_folder(catalogue, 1)
    for lock in folder.glob(".*.lock"):
        lock.unlink()
        lock.mkdir()
    assert _search(SearchIndex.open(folder), "quokkas") == [_POLICY]


def test_the_index_in_a_read_only_directory_is_used(store: GraphStore, tmp_path: Path) -> None:
    """A server whose folder for derived files is elsewhere uses the index in the data directory."""
    make_index(store, store.current(), store.directory / "catalogue")
    indexes = SearchIndexes(store, tmp_path / "scratch")
    assert _search(asyncio.run(indexes.ready(store.current())), "quokkas") == [_POLICY]


def test_an_index_of_another_format_is_reported(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the process that makes indexes is of another release, the log says why none is used."""
    indexes = SearchIndexes(store, store.directory / "catalogue")
    version = store.current()
    monkeypatch.setattr(index_record, "FORMAT", FORMAT + 1)  # of the server, not of its children

    async def work() -> None:
        await indexes.make(version)
        assert await indexes.ready(version) is None
        await indexes.close()

    asyncio.run(work())
    (record,) = [record for record in caplog.records if "no search index" in record.message]
    assert f"has format {FORMAT}, and this release reads format {FORMAT + 1}" in record.message
    assert "restart the server" in record.message
