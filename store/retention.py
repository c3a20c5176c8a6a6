"""Which versions are kept, and the removal of the others."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from urbansdg.store.graph_store import GraphStore
from urbansdg.store.layout import Layout
from urbansdg.store.lock import writing
from urbansdg.store.tags import Tags


def prune(store: GraphStore, keep: int) -> tuple[int, ...]:
    """Remove old versions, and return their numbers.

    Kept are the newest `keep`, the current one among them, every one that has a tag, and every one
    that a reader has open. Killed half-way, it leaves whole versions and no part of one.
    Raises `StoreBusy`.
    """
    layout = Layout(store.directory)
    with writing(layout.lock, store.patience):
        numbers = [version.number for version in store.versions()]
        spared = {*numbers[-max(keep, 1) :], *Tags(store.directory).all().values()}
        doomed = [number for number in numbers if number not in spared]
        return tuple(number for number in doomed if _removed(layout, number))


def hold(version: Path) -> IO[str]:
    """Hold a version against its removal, until the file that is returned is closed.

    `version` is the path of its RocksDB store. The kernel lets go when the process dies.
    """
    held = (version.parent / "version.json").open(encoding="utf-8")
    fcntl.flock(held, fcntl.LOCK_SH)
    return held


def _removed(layout: Layout, number: int) -> bool:
    folder = layout.versions / str(number)
    with _alone(folder) as alone:
        if alone:
            grave = layout.forks / f"pruned-{number}"
            folder.rename(grave)
            shutil.rmtree(grave, ignore_errors=True)
        return alone


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Tell whether nobody holds a version, and keep it so for the while."""
    with (folder / "version.json").open(encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
