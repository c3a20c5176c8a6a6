"""The upgrade of a data directory that an older release wrote: each version gets its merge.

The default graph of a query is the merge of all graphs, which older releases did not write
(`urbansdg.sparql.datasets.graph_merge`); what clients had written to the default graph gets a graph
of its own. A version is not written to again: a revision of it takes its place, as when data of
persons are taken out. The current version is copied by hard links and gets the merge; each older
one is made from the one after it. Killed at any step, the upgrade goes on when the directory is
opened again. Readers of the older release have to be stopped first.
"""

import logging
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from urbansdg.errors import VersionDamaged
from urbansdg.store.changes.merge_update import rebuild_merge
from urbansdg.store.privacy import redaction
from urbansdg.store.privacy.rebuilt_files import difference, replace_files, revise
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.merged_store import UnmergedStore
from urbansdg.store.versions.store_files import copy_store, remove_superfluous
from urbansdg.store.versions.version import (
    GraphCount,
    Version,
    open_store_files,
    open_version,
    place,
    read_version,
)
from urbansdg.store.versions.writer_lock import writable, writing

_PATIENCE = 600.0
"""Seconds to wait for another process that upgrades the directory."""

_LOG = logging.getLogger(__name__)


def upgrade(layout: DataDirectory, base: str, default: str) -> None:
    """Give every version its merge; `default` names what was the default graph of clients.

    A damaged version stays as it is. Raises `StoreBusy`, `StoreNotWritable`.
    """
    with writable(layout.directory), writing(layout.lock, _PATIENCE):
        if not layout.is_old:
            return
        layout.forks.mkdir(exist_ok=True)
        after: Version | None = None
        numbers = [int(path.name) for path in layout.versions.iterdir() if path.name.isdigit()]
        _LOG.warning(
            "%s is of an older release; its %d versions are upgraded once, about one a second",
            layout.directory,
            len(numbers),
        )
        for number in sorted(numbers, reverse=True):
            with suppress(VersionDamaged):  # reading it reports that
                after = _upgraded(layout, number, after, ox.NamedNode(default))
        redaction.renew(layout)
        layout.write_record(base)


def _upgraded(
    layout: DataDirectory, number: int, after: Version | None, default: ox.NamedNode
) -> Version:
    version = read_version(layout.versions / str(number))
    if version.merged is not None:
        return version
    files = open_store_files(version)
    state = UnmergedStore(files, default)
    unnamed = sum(1 for _ in files.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    own = {default.value: GraphCount(unnamed)} if unnamed else {}
    revised = replace(
        version,
        path=version.path.parent / place(version.revision + 1),
        graphs={**version.graphs, **own},
        revision=version.revision + 1,
    )
    if after is not None:
        apart = difference(state, open_version(after))
        return revise(layout, revised, after, apart, set(state.named_graphs()))

    def write(path: Path) -> int:
        copy_store(version.path, path)
        store = ox.Store(str(path))
        store.update(f"ADD DEFAULT TO {default} ; CLEAR DEFAULT")
        merged = rebuild_merge(store)
        store.flush()
        del store
        remove_superfluous(path, is_flushed=True)
        return merged

    return replace_files(layout, revised, write, version.path.parent)
