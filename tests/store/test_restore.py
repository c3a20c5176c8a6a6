"""Restoring a backup: whole or not at all, and never more than the archive may hold."""

import bz2
import gzip
import hashlib
import io
import json
import lzma
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from urbansdg.errors import StoreExists, VersionDamaged
from urbansdg.store import Change, Gate, GraphStore, backup, restore

Command = Callable[..., subprocess.CompletedProcess[str]]
MakeChange = Callable[..., Change]
Triple = Callable[[int, object], str]
Members = dict[str, bytes]
_BASE = "http://data.example"


@pytest.fixture
def members(tmp_path: Path, make_change: MakeChange, triple: Triple, let_through: Gate) -> Members:
    """Return the members of a backup of a graph with one statement."""
    store = GraphStore.create(tmp_path / "made", _BASE)
    store.publish(make_change(triple(1, "x")), let_through)
    backup(store, store.current(), tmp_path / "made.tar")
    with tarfile.open(tmp_path / "made.tar") as archive:
        content = {
            member.name: stream.read()
            for member in archive
            if (stream := archive.extractfile(member)) is not None
        }
    for path in tmp_path.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return content


def _archive(file: Path, members: Members, **manifest: object) -> Path:
    """Write an archive whose manifest differs in some fields."""
    record = json.loads(members["manifest.json"]) | manifest
    with tarfile.open(file, "w") as archive:
        for name, content in (members | {"manifest.json": json.dumps(record).encode()}).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file


def _is_refused(file: Path, place: Path) -> None:
    """Check that an archive is refused, and that nothing is left at the place or beside it."""
    before = sorted(place.parent.parent.rglob("*"))
    with pytest.raises(VersionDamaged):
        restore(file, place)
    assert sorted(place.parent.parent.rglob("*")) == before


@pytest.mark.parametrize(
    "manifest",
    [
        {"number": -1},
        {"number": "1"},
        {"number": True},
        {"number": 1.0},
        {"number": 10**40},
        {"number": 2},
        {"number": None},
        {"base": "javascript:alert(1)"},
        {"base": "file:///etc"},
        {"base": "ftp://data.example"},
        {"base": "http://"},
        {"base": "http://a b"},
        {"base": "data.example"},
        {"base": 5},
        {"sha256": []},
        {"sha256": {"version.json": 5}},
        {"extra": 1},
    ],
)
def test_a_manifest_with_a_wrong_number_or_base_is_refused(
    members: Members, tmp_path: Path, manifest: dict[str, object]
) -> None:
    """The number is that of the version, and not negative; the base URI is http or https."""
    file = _archive(tmp_path / "a.tar", members, **manifest)
    _is_refused(file, tmp_path / "new" / "graph")


@pytest.mark.parametrize("name", ["graph/CURRENT", "version.json"])
@pytest.mark.parametrize("content", [b"", b"nonsense", None])
def test_a_backup_whose_version_cannot_be_read_is_refused(
    members: Members, tmp_path: Path, name: str, content: bytes | None
) -> None:
    """Checksums that match are not enough: the version is opened before it is put in its place."""
    record = json.loads(members["manifest.json"])
    if content is None:
        del members[name], record["sha256"][name]
    else:
        members[name] = content
        record["sha256"][name] = hashlib.sha256(content).hexdigest()
    file = _archive(tmp_path / "a.tar", members, sha256=record["sha256"])
    _is_refused(file, tmp_path / "new" / "deeper" / "graph")


def test_an_error_of_what_follows_leaves_nothing(members: Members, tmp_path: Path) -> None:
    """Where the removal of persons fails, nothing is restored; the next attempt succeeds."""
    file = _archive(tmp_path / "a.tar", members)

    def fail(_: GraphStore) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(file, tmp_path / "new" / "graph", fail)
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar"]
    place = tmp_path / "new" / "graph"
    place.mkdir(parents=True)
    with pytest.raises(KeyboardInterrupt):
        restore(file, place, fail)
    assert list(place.parent.iterdir()) == [place]
    store = restore(file, place)
    assert (store.base, store.current_number()) == (_BASE, 1)
    assert store.verify().problems == ()
    assert store.damage() == ""


def test_what_a_killed_restore_left_is_removed_by_the_next(
    members: Members, tmp_path: Path
) -> None:
    """A draft that no process uses is removed."""
    (tmp_path / "new" / ".restore-abandoned" / "graph").mkdir(parents=True)
    restore(_archive(tmp_path / "a.tar", members), tmp_path / "new" / "graph")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["graph"]


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_backup_is_restored_and_a_bomb_is_not(
    members: Members, tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    """A compressed archive is unpacked up to its limit; nothing larger stays on the disk."""
    plain = _archive(tmp_path / "a.tar", members)
    file = tmp_path / "a.tar.compressed"
    file.write_bytes(compress(plain.read_bytes()))
    assert restore(file, tmp_path / "new").current_number() == 1
    file.write_bytes(compress(bytes(1 << 20) * 80))
    plain.unlink()
    with pytest.raises(VersionDamaged, match="unpacks to more than"):
        restore(file, tmp_path / "bomb")
    assert sorted(path.name for path in tmp_path.iterdir()) == [file.name, "new"]


@pytest.mark.parametrize("kind", ["link", "sparse", "twice", "folder", "many", "manifest"])
def test_an_archive_of_other_members_is_refused(
    members: Members, tmp_path: Path, kind: str
) -> None:
    """Links, sparse files, folders, doubled or too many members, a huge manifest are refused."""
    file = _archive(tmp_path / "a.tar", members)
    with tarfile.open(file, "a") as archive:
        entry = tarfile.TarInfo("graph/extra")
        match kind:
            case "link":
                entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
            case "sparse":
                entry.pax_headers = {"GNU.sparse.size": "9" * 15, "GNU.sparse.map": "0,0"}
            case "folder":
                entry.type = tarfile.DIRTYPE
            case "many":
                for number in range(10_001):
                    archive.addfile(tarfile.TarInfo(f"graph/{number}"))
            case "manifest":
                entry = tarfile.TarInfo("manifest.json")
                entry.size = 33 << 20
            case _:
                entry = tarfile.TarInfo("version.json")
        archive.addfile(entry, io.BytesIO(bytes(entry.size)))
    _is_refused(file, tmp_path / "new" / "graph")


def test_the_command_leaves_nothing_after_a_failure(
    members: Members, tmp_path: Path, urbansdg: Command
) -> None:
    """The command ends with exit code 3 and one line, and makes no folder."""
    file = _archive(tmp_path / "a.tar", members, number=-1)
    done = urbansdg("restore", file, "--data-dir", tmp_path / "new" / "graph")
    assert done.returncode == 3
    assert "-1 is not the number of a version" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar"]


def test_a_directory_in_use_is_not_touched(members: Members, tmp_path: Path) -> None:
    """A directory with a file in it is refused, and keeps the file."""
    place = tmp_path / "new"
    place.mkdir()
    (place / "mine").touch()
    with pytest.raises(StoreExists):
        restore(_archive(tmp_path / "a.tar", members), place)
    assert [path.name for path in place.iterdir()] == ["mine"]
