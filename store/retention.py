"""Which versions are kept, and the removal of the others."""

import shutil

from urbansdg.store.graph_store import GraphStore
from urbansdg.store.holding import alone, hold
from urbansdg.store.layout import Layout
from urbansdg.store.lock import writing
from urbansdg.store.tags import Tags
from urbansdg.store.version import read_version

__all__ = ["hold", "prune"]


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


def _removed(layout: Layout, number: int) -> bool:
    folder = layout.versions / str(number)
    with alone(read_version(folder).path) as nobody:
        if nobody:
            grave = layout.forks / f"pruned-{number}"
            folder.rename(grave)
            shutil.rmtree(grave, ignore_errors=True)
        return nobody
