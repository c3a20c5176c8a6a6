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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox

from urbansdg.store.changes.fork import graph_of
from urbansdg.store.versions import changed_subjects, checksums
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.durable_files import sync_tree
from urbansdg.store.versions.store_files import copy_store, remove_superfluous
from urbansdg.store.versions.version import (
    WITHHELD,
    GraphCount,
    Version,
    open_version,
    place,
    write_version,
)

Doomed = Callable[[Version, ox.Store], set[ox.Quad]]
"""Returns the statements that leave a version, whose state is given."""


def write_anew(state: ox.Store, doomed: set[ox.Quad], folder: Path) -> None:
    """Write a state without some statements into a folder, and nothing else of the state."""
    fresh = ox.Store(str(folder))
    fresh.bulk_extend(quad for quad in state if quad not in doomed)
    for name in state.named_graphs():
        fresh.add_graph(name)  # one that is empty, too
    fresh.flush()
    del fresh
    remove_superfluous(folder, is_flushed=True)


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
            difference = _difference_of(subjects, state, after_state, gone)
        else:
            difference = _difference(state, after_state, gone)
        revised = replace(
            version,
            path=version.path.parent / place(version.revision + 1),
            triples=version.triples - len(gone),
            graphs=_counted(version, gone),
            revision=version.revision + 1,
        )
        _revise(layout, revised, after, difference, set(state.named_graphs()))
        after = revised
        after_state, gone_after = open_version(after), gone
    yield "rewritten versions", len(older) + 1


def _difference_of(
    subjects: set[ox.NamedNode | ox.BlankNode | ox.Triple],
    state: ox.Store,
    after: ox.Store,
    gone: set[ox.Quad],
) -> tuple[set[ox.Quad], set[ox.Quad]]:
    """Return what a state has and the one after it lacks, and the reverse, for some subjects."""
    here, there = set[ox.Quad](), set[ox.Quad]()
    for subject in subjects:
        here.update(state.quads_for_pattern(subject, None, None))
        there.update(after.quads_for_pattern(subject, None, None))
    return here - gone - there, there - (here - gone)


def _difference(
    state: ox.Store, after: ox.Store, gone: set[ox.Quad]
) -> tuple[set[ox.Quad], set[ox.Quad]]:
    """Return what a state has and the one after it lacks, and the reverse."""
    new = {quad for quad in state if quad not in gone and quad not in after}
    return new, {quad for quad in after if quad in gone or quad not in state}


def _revise(
    layout: DataDirectory,
    revised: Version,
    after: Version,
    difference: tuple[set[ox.Quad], set[ox.Quad]],
    names: set[ox.NamedNode | ox.BlankNode],
) -> None:
    """Replace a version by its revision, made from the files of the version after it."""
    folder, path = revised.path.parent, revised.path
    draft = Path(tempfile.mkdtemp(prefix="revision-", dir=layout.forks))
    try:
        _write(after, draft / path.name, difference, names)
        write_version(revised, draft)
        checksums.record(draft, after.path.parent)
        sync_tree(draft)
        shutil.rmtree(path, ignore_errors=True)
        # The record comes last: it says which graph it is.
        for name in (path.name, checksums.FILE, "version.json"):
            (draft / name).rename(folder / name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write(
    after: Version,
    path: Path,
    difference: tuple[set[ox.Quad], set[ox.Quad]],
    names: set[ox.NamedNode | ox.BlankNode],
) -> None:
    """Write a copy of a state that differs from it, with these named graphs, empty ones too."""
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
    graph.flush()
    del graph
    remove_superfluous(path, is_flushed=True)


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
