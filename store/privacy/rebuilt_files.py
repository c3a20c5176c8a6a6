"""Store files without the bytes of what was forgotten.

RocksDB keeps deleted rows in its tables, Oxigraph keeps every string that it has ever met, and
versions share tables by hard links. So what is to be forgotten leaves the disk only where the
tables are written anew. The current version is written from its statements; each older one is a
copy of the one after it by hard links, changed by what distinguishes the two. The versions share
tables as before, and all of it costs one graph and the changes between its versions.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox

from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.sparql.datasets.graph_merge import settle
from urbansdg.store.changes.fork import graph_of
from urbansdg.store.changes.merge_update import rebuild_merge
from urbansdg.store.versions import changed_subjects, checksums
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.durable_files import sync_tree
from urbansdg.store.versions.merged_store import MergedStore, UnmergedStore
from urbansdg.store.versions.store_files import copy_store, remove_superfluous
from urbansdg.store.versions.version import (
    WITHHELD,
    GraphCount,
    Version,
    open_version,
    place,
    write_version,
)

State = MergedStore | UnmergedStore

Doomed = Callable[[Version, MergedStore], set[ox.Quad]]
"""Returns the statements that leave a version, whose state is given."""


def write_anew(state: RdfDataset, doomed: set[ox.Quad], folder: Path) -> int:
    """Write a state without some statements into a folder, and nothing else of the state.

    Return how many triples its merge has.
    """
    fresh = ox.Store(str(folder))
    fresh.bulk_extend(quad for quad in state if quad not in doomed)
    for name in state.named_graphs():
        fresh.add_graph(name)  # one that is empty, too
    merged = rebuild_merge(fresh)
    fresh.flush()
    del fresh
    remove_superfluous(folder, is_flushed=True)
    return merged


def rebuild(
    layout: DataDirectory, current: Version, older: Sequence[Version], doomed: Doomed
) -> Iterator[tuple[str, int]]:
    """Revise the versions before the current one, whose files are new; yield the losses by place.

    `older` are sorted by their numbers.
    """
    changes = changed_subjects.steps((*older, current))
    after, after_state, gone_after = current, open_version(current), set[ox.Quad]()
    for version, things in reversed(list(zip(older, changes, strict=True))):
        state = open_version(version)
        gone = doomed(version, state)
        yield f"version {version.number}", len(gone)
        if things is not None:
            subjects = {quad.subject for quad in gone | gone_after}
            subjects.update(map(ox.NamedNode, things))
            apart = _difference_of(subjects, state, after_state, gone)
        else:
            apart = difference(state, after_state, gone)
        revised = replace(
            version,
            path=version.path.parent / place(version.revision + 1),
            triples=version.triples - len(gone),
            graphs=_counted(version, gone),
            revision=version.revision + 1,
        )
        after = revise(layout, revised, after, apart, set(state.named_graphs()))
        after_state, gone_after = open_version(after), gone
    yield "rewritten versions", len(older) + 1


def _difference_of(
    subjects: set[ox.NamedNode | ox.BlankNode | ox.Triple],
    state: State,
    after: MergedStore,
    gone: set[ox.Quad],
) -> tuple[set[ox.Quad], set[ox.Quad]]:
    """Return what a state has and the one after it lacks, and the reverse, for some subjects."""
    here, there = set[ox.Quad](), set[ox.Quad]()
    for subject in subjects:
        here.update(state.quads_for_pattern(subject, None, None))
        there.update(after.quads_for_pattern(subject, None, None))
    return here - gone - there, there - (here - gone)


def difference(
    state: State, after: MergedStore, gone: Collection[ox.Quad] = ()
) -> tuple[set[ox.Quad], set[ox.Quad]]:
    """Return what a state has and the one after it lacks, and the reverse."""
    new = {quad for quad in state if quad not in gone and quad not in after}
    return new, {quad for quad in after if quad in gone or quad not in state}


def revise(
    layout: DataDirectory,
    revised: Version,
    after: Version,
    difference: tuple[set[ox.Quad], set[ox.Quad]],
    names: set[ox.NamedNode | ox.BlankNode],
) -> Version:
    """Replace a version by its revision, made from the files of the version after it."""

    def write(path: Path) -> int:
        gained = _write(after, path, difference, names)
        return (after.merged or 0) + gained

    return replace_files(layout, revised, write, after.path.parent)


def replace_files(
    layout: DataDirectory, revised: Version, write: Callable[[Path], int], near: Path | None
) -> Version:
    """Replace the files of a version by those that `write` makes at a path, and return the version.

    `write` returns how many triples the merge has; `near` is the folder of a version with which the
    new files may be shared.
    """
    folder, path = revised.path.parent, revised.path
    draft = Path(tempfile.mkdtemp(prefix="revision-", dir=layout.forks))
    try:
        revised = replace(revised, merged=write(draft / path.name))
        write_version(revised, draft)
        checksums.record(draft, near)
        sync_tree(draft)
        shutil.rmtree(path, ignore_errors=True)
        # The record comes last: it says which graph it is.
        for name in (path.name, checksums.FILE, "version.json"):
            (draft / name).rename(folder / name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return revised


def _write(
    after: Version,
    path: Path,
    difference: tuple[set[ox.Quad], set[ox.Quad]],
    names: set[ox.NamedNode | ox.BlankNode],
) -> int:
    """Write a copy of a state that differs from it, with these named graphs, empty ones too.

    Return how many triples its merge gains.
    """
    copy_store(after.path, path)
    graph = ox.Store(str(path))
    new, superfluous = difference
    for quad in superfluous:
        graph.remove(quad)
    graph.extend(new)
    for name in names:
        graph.add_graph(name)
    for name in set(graph.named_graphs()) - names:
        graph.remove_graph(name)
    gained = settle(graph, superfluous | new)
    graph.flush()
    del graph
    remove_superfluous(path, is_flushed=True)
    return gained


def marked(counts: Mapping[str, GraphCount], graphs: Iterable[str]) -> dict[str, GraphCount]:
    """Return the graphs of a version, with those marked from which data were left out."""
    mark: dict[str, str | None] = {WITHHELD: datetime.now(UTC).date().isoformat()}
    chosen = {
        name: replace(counts[name], source=counts[name].source | mark)
        for name in graphs
        if name in counts and counts[name].source
    }
    return {**counts, **chosen}


def _counted(version: Version, gone: set[ox.Quad]) -> dict[str, GraphCount]:
    """Return the counts of a version's graphs without statements, with the graphs marked."""
    lost = Counter(graph_of(quad) for quad in gone)
    counts = {
        name: replace(count, triples=count.triples - lost[name])
        for name, count in version.graphs.items()
    }
    return marked(counts, lost)
