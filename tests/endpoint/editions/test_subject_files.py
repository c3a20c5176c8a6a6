"""The upkeep of the subject file: made once, used for the versions after it, gone with its data."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from tests.support.server import BASE
from urbansdg.endpoint.editions import subject_files
from urbansdg.endpoint.editions.subject_files import FOLDER, SubjectFiles, make_subject_file
from urbansdg.endpoint.subjects import subject_file
from urbansdg.endpoint.versions.version_follower import Follower, Snapshot
from urbansdg.store import Change, GraphStore
from urbansdg.store.changes.edit import Edit, Step
from urbansdg.store.publication import accept
from urbansdg.store.versions.disk_space import free_bytes

_GRAPH = "http://example.org/graph/notes"


@pytest.fixture
def store(tmp_path: Path) -> GraphStore:
    """Return a graph with a version of a few statements."""
    store = GraphStore.create(tmp_path / "graph", BASE)
    _update(store, 'INSERT DATA { GRAPH <%s> { <urn:a> <urn:p> "1" . <urn:b> <urn:p> "2" } }')
    return store


def _update(store: GraphStore, text: str) -> int:
    edit = Edit((Step("update", text=text.replace("%s", _GRAPH)),), lambda _: None)
    return store.publish(Change("tests", edit=edit), accept).version.number


def _catalogue(store: GraphStore) -> Path:
    folder = store.directory / "catalogue"
    folder.mkdir(exist_ok=True)
    return folder


def _make(store: GraphStore, number: int) -> None:
    make_subject_file(str(store.directory), number, str(_catalogue(store) / FOLDER))


def _names(store: GraphStore) -> list[str]:
    return sorted(path.name for path in (_catalogue(store) / FOLDER).glob("*"))


@asynccontextmanager
async def _upkeep(store: GraphStore, *, makes: bool = True) -> AsyncIterator[Follower]:
    """Run the upkeep of the subject file of a store."""
    follower = Follower(store)
    files = SubjectFiles(store.directory, follower, _catalogue(store), makes)
    keeping = asyncio.ensure_future(files.keep())
    try:
        yield follower
    finally:
        keeping.cancel()
        await files.close()
        await asyncio.gather(keeping, return_exceptions=True)


async def _until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not fact():
            await asyncio.sleep(0.02)


def _statements(snapshot: Snapshot, iri: str) -> list[bytes] | None:
    assert snapshot.subjects is not None
    rows = snapshot.subjects.find(iri)
    return None if rows is None else [end for _, end in rows]


def _uses(snapshot: Snapshot, predicate: str) -> int:
    assert snapshot.subjects is not None
    assert snapshot.subjects.counts is not None
    return snapshot.subjects.counts.predicates[f"<{predicate}>".encode()]


def _ignore(_: Snapshot) -> None:
    """Hear of a version, and do nothing."""


@pytest.mark.long
def test_a_file_is_made_and_serves_the_versions_after_its_own(store: GraphStore) -> None:
    """A write makes no file: what it changed is read from the store, and the rest from the file."""

    async def go() -> None:
        async with _upkeep(store) as follower:
            await _until(lambda: follower.snapshot.subjects is not None)
            assert _statements(follower.snapshot, "urn:a") == [b'"1"']
            _update(store, 'INSERT DATA { GRAPH <%s> { <urn:a> <urn:p> "3" } }')
            await follower.advance(_ignore)
            assert follower.snapshot.number == 2
            assert _statements(follower.snapshot, "urn:a") is None
            assert _statements(follower.snapshot, "urn:b") == [b'"2"']
            assert _uses(follower.snapshot, "urn:p") == 3
            await asyncio.sleep(2 * subject_files._QUIET_SECONDS)
            assert _names(store) == ["1.subjects"]

    asyncio.run(go())


def test_a_file_of_a_version_before_is_used_after_a_restart(store: GraphStore) -> None:
    """A server that starts later uses the file that there is, and what changed since."""
    _make(store, 1)
    _update(store, 'INSERT DATA { GRAPH <%s> { <urn:c> <urn:p> "3" } }')

    async def go() -> None:
        async with _upkeep(store, makes=False) as follower:
            await _until(lambda: follower.snapshot.subjects is not None)
            assert follower.snapshot.number == 2
            assert _statements(follower.snapshot, "urn:c") is None
            assert _statements(follower.snapshot, "urn:b") == [b'"2"']

    asyncio.run(go())


@pytest.mark.long
@pytest.mark.parametrize("damage", ["cut", "unknown"])
def test_without_a_whole_file_of_a_known_version_the_store_answers(
    store: GraphStore, damage: str
) -> None:
    """A file that is damaged, or of a version after which changes are unknown, is replaced."""
    _make(store, 1)
    (file,) = (_catalogue(store) / FOLDER).iterdir()
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-1])
    _update(store, 'INSERT DATA { GRAPH <%s> { <urn:c> <urn:p> "3" } }')
    if damage == "unknown":
        (store.directory / "versions" / "2" / "trail.json").unlink()

    async def go() -> None:
        async with _upkeep(store, makes=False) as follower:
            await asyncio.sleep(2 * subject_files._BETWEEN_LOOKS)
            assert follower.snapshot.subjects is None
        async with _upkeep(store) as follower:
            await _until(lambda: follower.snapshot.subjects is not None)
            assert _statements(follower.snapshot, "urn:c") == [b'"3"']

    asyncio.run(go())
    assert _names(store) == ["2.subjects"]


def test_a_file_leaves_with_what_is_forgotten(store: GraphStore) -> None:
    """No subject file has the bytes of what was forgotten, and none in use is used any longer."""
    _make(store, 1)

    async def go() -> None:
        async with _upkeep(store, makes=False) as follower:
            await _until(lambda: follower.snapshot.subjects is not None)
            store.forget("tests", frozenset({"urn:a"}))
            assert _names(store) == []
            await _until(lambda: follower.snapshot.subjects is None)

    asyncio.run(go())


@pytest.mark.long
def test_a_file_that_is_being_made_while_something_is_forgotten_gets_no_name(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file made from a version as it was before a removal never gets its name."""
    write = subject_file.write_subject_file

    def slow(*arguments: object) -> None:
        write(*arguments)  # type: ignore[arg-type]  # as they came
        store.forget("tests", frozenset({"urn:a"}))

    monkeypatch.setattr(subject_files, "write_subject_file", slow)
    with pytest.raises(FileNotFoundError):
        _make(store, 1)
    assert _names(store) == []
    _make(store, 1)
    (file,) = (_catalogue(store) / FOLDER).iterdir()
    assert file.stat().st_mode & 0o777 == (store.directory / "store.json").stat().st_mode & 0o777
    version = store.version(1)
    assert next(store.read(version).quads_for_pattern(NamedNode("urn:a"), None, None), None) is None


def test_a_file_is_made_while_versions_follow_each_other(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a pause between versions, a file is made after some time."""
    monkeypatch.setattr(subject_files, "_QUIET_SECONDS", 1_000)
    monkeypatch.setattr(subject_files, "_WITHOUT_QUIET_SECONDS", 0.1)

    async def go() -> None:
        async with _upkeep(store) as follower:
            await _until(lambda: follower.snapshot.subjects is not None)

    asyncio.run(go())


@pytest.mark.long
@pytest.mark.parametrize("most", [subject_files._SMALL, 0])
def test_the_log_names_a_full_disk(
    small_disk: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
) -> None:
    """Where a subject file has no space, the log says so, without a trace."""
    monkeypatch.setattr(subject_files, "_SMALL", most)
    store = GraphStore.create(small_disk / "graph", BASE)
    _update(store, 'INSERT DATA { GRAPH <%s> { <urn:a> <urn:p> "1" } }')
    (_catalogue(store) / FOLDER).mkdir()
    (small_disk / "filler").write_bytes(bytes(free_bytes(small_disk)))

    async def go() -> None:
        async with _upkeep(store):
            await _until(lambda: bool(caplog.messages))

    asyncio.run(go())
    (message,) = caplog.messages
    assert message.startswith("no subject file for version 1: The disk with ")
    assert "Traceback" not in message
