"""Errors of the system name their true cause: a full disk, a limit of the process, rights."""

import os
import random
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.command import bare_environment
from urbansdg.errors import StoreError, StoreNotWritable
from urbansdg.store import Change, Gate, GraphStore, Tokens, backup, prune, restore
from urbansdg.store.versions.disk_space import RESERVE, free_bytes, keep_reserve, shortage
from urbansdg.store.versions.file_errors import check_readable, number_in, write_failure

MakeChange = Callable[..., Change]
Triple = Callable[[int, object], str]
_BASE = "http://localhost:8000"


def _limited(limit: str, *arguments: object, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a shell with a limit of `ulimit`."""
    command = shlex.join([sys.executable, "-m", "urbansdg.cli", *map(str, arguments)])
    return subprocess.run(
        ("bash", "-c", f"ulimit {limit}; exec {command}"),
        env=bare_environment() | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def _fill(place: Path, left: int = 0) -> Path:
    """Fill a disk up to so many bytes; return the file that does."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12):
            try:
                while free_bytes(place) - size >= left and file.write(bytes(size)):
                    pass
            except OSError:
                continue
    return filler


@pytest.mark.parametrize("left", [0, 1 << 14, 1 << 18])
def test_a_write_on_a_full_disk_names_the_disk(
    small_disk: Path, make_change: MakeChange, triple: Triple, let_through: Gate, left: int
) -> None:
    """Whatever step meets the full disk, the error names it, with the space that is free."""
    store = GraphStore.create(small_disk / "graph", _BASE)
    _fill(small_disk, left)
    noise = random.Random(1)  # noqa: S311  # what cannot be compressed
    text = "".join(triple(number, noise.randbytes(300).hex()) for number in range(2_000))
    with pytest.raises(StoreNotWritable, match=r"disk with .* is full: .* free now"):
        store.publish(make_change(text), let_through)
    with pytest.raises(StoreNotWritable, match="is full"):
        Tokens(store.directory).create("tests", (noise.randbytes(300_000).hex(),))
    assert store.current_number() == 0


def test_prune_frees_space_on_a_full_disk(
    small_disk: Path, make_change: MakeChange, triple: Triple, let_through: Gate
) -> None:
    """`prune` gives the reserve up on a full disk; writes go on after it."""
    store = GraphStore.create(small_disk / "graph", _BASE)
    noise = random.Random(1)  # noqa: S311
    for _ in range(3):
        text = "".join(triple(number, noise.randbytes(100).hex()) for number in range(1_000))
        store.publish(make_change(text), let_through)
    (store.directory / "lock").unlink()  # a new one takes a block
    _fill(small_disk)
    with pytest.raises(StoreNotWritable, match="is full"):
        store.publish(make_change(triple(1, "x")), let_through)
    assert prune(store, 1) == (0, 1, 2)
    store.publish(make_change(triple(1, "y")), let_through)


def test_the_reserve_is_written_where_there_is_space(graph_store: GraphStore) -> None:
    """A graph has its reserve from the beginning, as blocks on the disk."""
    reserve = (graph_store.directory / RESERVE).stat()
    assert reserve.st_blocks * 512 >= reserve.st_size == 1 << 18
    prune(graph_store, 1)
    assert (graph_store.directory / RESERVE).stat().st_size == 1 << 18


def test_a_restored_graph_has_its_reserve(
    small_disk: Path, make_change: MakeChange, triple: Triple, let_through: Gate
) -> None:
    """A graph that is made or restored on a small disk has its reserve, and a write restores it."""
    store = GraphStore.create(small_disk / "graph", _BASE)
    assert (store.directory / RESERVE).exists()
    backup(store, store.current(), small_disk / "graph.tar")
    restored = restore(small_disk / "graph.tar", small_disk / "restored")
    assert (restored.directory / RESERVE).exists()
    (restored.directory / RESERVE).unlink()
    restored.publish(make_change(triple(1, "x")), let_through)
    assert (restored.directory / RESERVE).exists()
    (restored.directory / RESERVE).unlink()
    _fill(small_disk, 1 << 19)
    keep_reserve(restored.directory)
    assert not (restored.directory / RESERVE).exists()


def test_a_shortage_is_reported_before_the_disk_is_full(small_disk: Path) -> None:
    """A tenth of a small disk is its threshold; below that, the shortage is named."""
    assert shortage(small_disk, 1 << 30) == ""
    _fill(small_disk, 1 << 20)
    assert "1.0 MB are free" in shortage(small_disk, 1 << 30)
    assert shortage(small_disk, 1 << 18) == ""


@pytest.mark.long
@pytest.mark.parametrize("limit", [16, 60])
@pytest.mark.parametrize("command", ["dump", "load"])
def test_too_many_open_files_are_no_damage(
    graph: Path, tmp_path: Path, command: str, limit: int
) -> None:
    """Under a low limit on open files, a command names the limit, and calls nothing damaged."""
    source = tmp_path / "in.ttl"
    source.write_text("<urn:a> <urn:b> 1 .", "utf-8")
    sources = (source,) if command == "load" else ()
    done = _limited(f"-n {limit}", command, *sources, "--data-dir", graph)
    assert done.returncode == 3, done.stderr
    assert "ulimit -n" in done.stderr
    assert "damaged" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_limit_on_the_size_of_files_is_named(graph: Path, tmp_path: Path) -> None:
    """A load that exceeds the limit on the size of a file names the limit, not the source."""
    source = tmp_path / "in.nt"
    source.write_text("".join(f'<urn:{n}> <urn:p> "{n}" .\n' for n in range(20_000)), "utf-8")
    done = _limited("-f 200", "load", source, "--data-dir", graph)
    assert done.returncode in {1, 3}
    assert "ulimit -f" in done.stderr
    assert "Fix the file" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_of_temporary_files_is_named(
    graph: Path, small_disk: Path, tmp_path: Path
) -> None:
    """A load that cannot write its temporary files names their disk, not the source."""
    source = tmp_path / "in.nt"
    source.write_text("".join(f'<urn:{n}> <urn:p> "{n}" .\n' for n in range(20_000)), "utf-8")
    _fill(small_disk, 1 << 16)
    done = _limited("-c 0", "load", source, "--data-dir", graph, TMPDIR=str(small_disk))
    assert done.returncode in {1, 3}
    assert f"{small_disk} is full" in done.stderr
    assert "Fix the file" not in done.stderr


def test_a_read_only_file_system_is_named(
    small_disk: Path, make_change: MakeChange, triple: Triple, let_through: Gate
) -> None:
    """A write to a read-only file system names it; the graph can be read and verified."""
    store = GraphStore.create(small_disk / "graph", _BASE)
    store.publish(make_change(triple(1, "x")), let_through)
    subprocess.run(("mount", "-o", "remount,ro", str(small_disk)), check=True)
    with pytest.raises(StoreNotWritable, match="read-only"):
        store.publish(make_change(triple(1, "y")), let_through)
    assert store.verify().problems == ()
    assert len(store.read(store.current())) > 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("IO error: No space left on device: While appending", "is full"),
        ("sqlite3.OperationalError: database or disk is full", "is full"),
        ("Disk quota exceeded (os error 122)", "quota"),
        ("Read-only file system", "read-only"),
        ("While open a file for random read: a.sst: Too many open files", "too many open files"),
        ("Oxigraph needs at least 96 file descriptors when", "too many open files"),
        ("File too large (os error 27)", "limit"),
        ("Input/output error", "Input/output error"),
    ],
)
def test_the_text_of_an_error_tells_its_cause(tmp_path: Path, text: str, words: str) -> None:
    """The errors of RocksDB have no number: the words of the system are read in them."""
    number = number_in(text)
    assert number is not None
    failure = write_failure(OSError(text), tmp_path)
    assert words in str(failure)
    assert "has not changed" in failure.problems[0].remedy


@pytest.mark.parametrize("number", [24, 23, 12, 13])
def test_limits_and_rights_are_no_damage(number: int) -> None:
    """An error that says nothing of the file is an error of its own."""
    with pytest.raises(StoreError, match=os.strerror(number)):
        check_readable(OSError(number, os.strerror(number)), "Version 3")
    check_readable(FileNotFoundError(2, os.strerror(2)), "Version 3")
    check_readable(RuntimeError("Corruption: bad"), "Version 3")
