"""A server whose current version is damaged: what it serves, what it reports, how it recovers."""

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from tests.support.command import bare_environment, running
from tests.support.server import Server, eventually
from urbansdg.endpoint.history import change_history
from urbansdg.endpoint.monitoring.file_check import FileCheck
from urbansdg.endpoint.versions.version_follower import Follower, open_snapshot
from urbansdg.errors import VersionDamaged
from urbansdg.store import GraphStore
from urbansdg.store.history.history_index import read_index
from urbansdg.store.versions.disk_space import free_bytes

Launch = Callable[..., AbstractContextManager[Server]]
Command = Callable[..., subprocess.CompletedProcess[str]]


def _table(folder: Path, number: int) -> Path:
    return max((folder / "versions" / str(number) / "graph").glob("*.sst"))


@pytest.mark.long
def test_a_server_serves_the_newest_whole_version_until_the_graph_is_repaired(
    launch: Launch, published: Callable[[Path, int], int], urbansdg: Command, tmp_path: Path
) -> None:
    """It starts on the newest whole version, `/ready` names the damage, `repair` ends it."""
    folder = tmp_path / "graph"
    for triples in (10, 20):
        published(folder, triples)
    secret = urbansdg("token", "create", "tests", "--data-dir", folder).stdout.split()[-1]
    current = folder / "versions" / "2"
    aside = _table(folder, 2).rename(tmp_path / "table")
    with launch(folder, front_ends=2) as server:
        assert server.health()["version"] == 1
        assert server.log_text().count("Version 1 is served.") == 1
        answer = httpx.get(f"{server.url}/ready")
        assert answer.status_code == 503
        assert answer.json()["code"] == "version-damaged"
        assert "Version 2" in answer.text
        assert ".sst" in answer.text
        assert "urbansdg repair" in answer.text
        query = server.ask("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }")
        assert query.status_code == 200
        written = httpx.post(
            server.sparql,
            data={"update": "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } }"},
            headers={"authorization": f"Bearer {secret}"},
            timeout=60,
        )
        assert written.status_code == 503, written.text
        assert "repair" in written.text
        assert "Traceback" not in server.log_text()
        assert sorted(path.name for path in current.parent.iterdir()) == ["0", "1", "2"]
        assert urbansdg("repair", "--data-dir", folder).returncode == 0
        assert eventually(lambda: server.health()["version"] == 3)
        assert eventually(lambda: httpx.get(f"{server.url}/ready").status_code == 200)
    assert aside.exists()


def test_a_bit_that_the_disk_flipped_is_found_by_the_check_in_quiet_moments(
    published: Callable[[Path, int], int], tmp_path: Path
) -> None:
    """A file that changed at the same time and size is found by reading it, and reported then."""
    published(tmp_path / "graph", 10)
    store = GraphStore.open(tmp_path / "graph")
    check = FileCheck(store, 24)
    assert check.read_files() == []
    table = _table(store.directory, 1)
    before, content = table.stat(), bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.write_bytes(content)
    os.utime(table, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.damage() == ""
    assert check.read_files() == [f"graph/{table.name}"]
    assert table.name in store.damage()


def test_a_bit_that_keeps_a_version_from_being_opened_does_not_keep_a_server_from_starting(
    published: Callable[[Path, int], int], tmp_path: Path
) -> None:
    """Where the current version passes the quick look, but cannot be opened, an older is served."""
    for triples in (10, 5_000):
        published(tmp_path / "graph", triples)
    store = GraphStore.open(tmp_path / "graph")
    shared = {table.name for table in store.version(1).path.glob("*.sst")}
    own = [table for table in store.version(2).path.glob("*.sst") if table.name not in shared]
    for table in own:
        before, content = table.stat(), bytearray(table.read_bytes())
        content[-70] ^= 1  # in the block before the footer, which RocksDB reads to open a table
        table.write_bytes(content)
        os.utime(table, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.damage() == ""
    with pytest.raises(VersionDamaged):
        open_snapshot(store, store.current())
    assert Follower(store).snapshot.number == 1
    assert min(table.name for table in own) in store.damage()


def test_a_second_server_on_a_directory_says_so(
    launched: Callable[..., AbstractContextManager[Server]],
    published: Callable[[Path, int], int],
    tmp_path: Path,
) -> None:
    """The log of the second server names the first; the first one and a single one log nothing."""
    folder = tmp_path / "graph"
    published(folder, 10)
    with launched(folder, tmp_path / "first") as first:
        with launched(folder, tmp_path / "second") as second:
            assert f"process {first.process.pid} on " in second.log_text()
            assert second.ask("ASK {}").status_code == 200
        assert "Another server" not in first.log_text()
    with launched(folder, tmp_path / "third") as third:
        assert "Another server" not in third.log_text()


@pytest.mark.long
def test_a_server_is_not_ready_before_its_disk_is_full(
    launch: Launch, published: Callable[[Path, int], int], urbansdg: Command, small_disk: Path
) -> None:
    """`/ready` names the disk while there is space, a write on a full one too; `prune` helps."""
    folder, filler = small_disk / "graph", small_disk / "filler"
    for triples in (10, 20, 30):
        published(folder, triples)
    secret = urbansdg("token", "create", "tests", "--data-dir", folder).stdout.split()[-1]
    with launch(folder) as server:

        def write(value: int) -> httpx.Response:
            return httpx.post(
                server.sparql,
                data={"update": f"INSERT DATA {{ GRAPH <urn:g> {{ <urn:a> <urn:b> {value} }} }}"},
                headers={"authorization": f"Bearer {secret}"},
                timeout=60,
            )

        assert httpx.get(f"{server.url}/ready").status_code == 200
        filler.write_bytes(bytes(free_bytes(small_disk) - (1 << 20)))
        answer = httpx.get(f"{server.url}/ready")
        assert answer.status_code == 503
        assert answer.json()["code"] == "store-not-writable"
        assert "disk" in answer.json()["detail"]
        assert "MB are free, fewer than 1.3 MB" in answer.json()["detail"]
        assert httpx.get(f"{server.url}/health").status_code == 200
        assert server.ask("ASK {}").json()["boolean"] is not None
        filler.unlink()
        filler.write_bytes(bytes(free_bytes(small_disk) - (1 << 16)))
        refused = write(1)
        assert refused.status_code == 503
        assert "is full" in refused.json()["detail"]
        assert refused.json()["code"] == "store-not-writable"
        assert urbansdg("prune", "--keep", "1", "--data-dir", folder).returncode == 0
        filler.unlink()
        assert write(2).status_code == 204
        assert httpx.get(f"{server.url}/ready").status_code == 200
        assert "Traceback" not in server.log_text()


@pytest.mark.long
def test_a_server_starts_on_a_full_disk(
    launch: Launch, published: Callable[[Path, int], int], small_disk: Path
) -> None:
    """It answers queries and pages; what has to be made first names the disk, without a trace."""
    folder = small_disk / "graph"
    published(folder, 10)
    (small_disk / "filler").write_bytes(bytes(free_bytes(small_disk)))
    with launch(folder) as server:
        for path in ("/health", "/", "/sparql?query=ASK{}"):
            assert httpx.get(f"{server.url}{path}", timeout=60).status_code == 200
        events = httpx.get(f"{server.url}/events", timeout=60)
        assert events.status_code == 503
        assert "is full" in events.json()["detail"]
        assert "Traceback" not in server.log_text()


def test_the_history_passes_over_damaged_versions(
    published: Callable[[Path, int], int], tmp_path: Path
) -> None:
    """A damaged older version counts as one that is gone: the others are compared without it."""
    for triples in (10, 20, 30):
        published(tmp_path / "graph", triples)
    store = GraphStore.open(tmp_path / "graph")
    (store.directory / "versions" / "1" / "version.json").write_text("{", "utf-8")
    _table(store.directory, 2).unlink()
    change_history.build(store, store.current(), tmp_path)
    with read_index(tmp_path) as index:
        assert list(index.numbers()) == [3, 0]
        changes = index.changes_of(3)
        assert changes is not None
        assert changes.since == 0


@pytest.mark.long
@pytest.mark.parametrize("init", [False, True])
@pytest.mark.parametrize(
    ("names", "version"),
    [
        (("current",), 2),
        (("versions/2",), 1),
        (("versions/2/version.json",), 1),
        (("versions/2/checksums.json", "current"), 1),
        (("versions/2/graph/CURRENT", "catalogue", "lock", "forks"), 1),
    ],
)
def test_a_server_starts_whatever_is_missing(
    published: Callable[[Path, int], int],
    free_port: int,
    tmp_path: Path,
    names: tuple[str, ...],
    version: int,
    *,
    init: bool,
) -> None:
    """With and without `--init`, it serves the newest whole version, and `/ready` is 503."""
    folder = tmp_path / "graph"
    for triples in (10, 20):
        published(folder, triples)
    for name in names:
        place = folder / name
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
    command = ["serve", "--port", str(free_port), "--data-dir", str(folder)]
    with running([*command, "--init"] if init else command, bare_environment()):
        url = f"http://127.0.0.1:{free_port}"
        assert eventually(lambda: _status(f"{url}/health") == 200)
        assert httpx.get(f"{url}/health").json()["version"] == version
        assert httpx.get(f"{url}/ready").status_code == 503


def _status(url: str) -> int:
    try:
        return httpx.get(url).status_code
    except httpx.TransportError:
        return 0
