"""Taking the data of persons out of versions that are published already.

A version is not written to again: a revision of it is made beside it and takes its place, with the
same number. What was made from it for the web is removed, and is made again when it is asked for.
"""

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyoxigraph as ox

from urbansdg.store import checksums, consent, trail
from urbansdg.store.durable import sync_tree, write_durably
from urbansdg.store.holding import remove_stale
from urbansdg.store.layout import Layout
from urbansdg.store.version import (
    WITHHELD,
    GraphCount,
    Version,
    opened,
    place,
    read_version,
    write_version,
)


def graph_of(quad: ox.Quad) -> str:
    """Return the name of the graph of a quad."""
    return "default" if isinstance(quad.graph_name, ox.DefaultGraph) else quad.graph_name.value


def marked(
    counts: dict[str, GraphCount], graphs: Iterable[str], day: date
) -> dict[str, GraphCount]:
    """Return the graphs of a version, with those marked from which data were left out."""
    mark: dict[str, str | None] = {WITHHELD: day.isoformat()}
    chosen = {
        name: replace(counts[name], source=counts[name].source | mark)
        for name in graphs
        if name in counts and counts[name].source
    }
    return counts | chosen


def count(layout: Layout) -> int:
    """Return how often versions were revised."""
    try:
        return int(layout.redactions.read_text("ascii"))
    except (OSError, ValueError):
        return 0


def withdrawn(
    before: ox.Store, after: ox.Store, subjects: frozenset[str] | None, day: date
) -> frozenset[consent.Node]:
    """Return the persons of a state who are told of no more, or otherwise, after it.

    `subjects` are those that the two states tell of in other ways, None where they may be any.
    """
    whom = consent.persons(before, subjects)
    return consent.Kept.of(after, day, whom).others(before, whom)


def promise(layout: Layout, whom: frozenset[consent.Node]) -> None:
    """Note of whom versions are to be cleaned, so that it is done whatever happens before.

    Who has no name is not found by it: then everybody is looked at.
    """
    named = sorted(each.value for each in whom if isinstance(each, ox.NamedNode))
    write_durably(layout.redaction_due, json.dumps(named if len(named) == len(whom) else None))


def _promised(layout: Layout) -> set[consent.Node] | None:
    """Return the persons that are noted, None for everybody."""
    try:
        named = json.loads(layout.redaction_due.read_text("utf-8"))
        return None if named is None else {ox.NamedNode(each) for each in named}
    except (OSError, ValueError):
        return None


def fulfil(layout: Layout, day: date) -> tuple[int, ...]:
    """Revise every version before the current one as the current one has it; return their numbers.

    Of a person they are left with what the current version tells, where a consent covers the day;
    who is told of otherwise is taken out whole.
    """
    current = read_version(layout.versions / str(layout.pointed()))
    whom = _promised(layout)
    kept = consent.Kept.of(opened(current), day, whom)
    versions = [each for each in _versions(layout) if each.number < current.number]
    revised = tuple(each.number for each in versions if _revise(each, kept, whom, layout, day))
    _clean_pages(layout, kept, whom)
    trail.remove(layout.versions)
    if revised:
        write_durably(layout.redactions, f"{count(layout) + 1}\n")
        shutil.rmtree(layout.catalogue / "history", ignore_errors=True)
    tidy(layout)
    layout.redaction_due.unlink(missing_ok=True)
    return revised


def tidy(layout: Layout) -> None:
    """Remove the graphs that were replaced by a revision, and that nobody has open any more."""
    for folder in {each.parent for each in layout.versions.glob("*/graph-*")}:
        remove_stale(folder)


def _versions(layout: Layout) -> Iterator[Version]:
    numbers = sorted(int(each.name) for each in layout.versions.iterdir() if each.name.isdigit())
    return (read_version(layout.versions / str(number)) for number in numbers)


def _revise(
    version: Version, kept: consent.Kept, whom: set[consent.Node] | None, layout: Layout, day: date
) -> bool:
    """Put a revision without the others' data in the place of a version; False without any."""
    state = opened(version)
    doomed = consent.all_of(state, kept.others(state, whom))
    if not doomed:
        return False
    folder = version.path.parent
    draft = Path(tempfile.mkdtemp(prefix="revision-", dir=layout.forks))
    try:
        _write(version, state, doomed, draft, day)
        name = place(version.revision + 1)
        shutil.rmtree(folder / name, ignore_errors=True)
        for each in (name, checksums.FILE, "version.json"):
            (draft / each).rename(folder / each)  # the record at last: it says which graph it is
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    for kind in ("editions", "changes"):
        shutil.rmtree(layout.catalogue / kind / str(version.number), ignore_errors=True)
    return True


def _write(version: Version, state: ox.Store, doomed: set[ox.Quad], draft: Path, day: date) -> None:
    revision = version.revision + 1
    path = draft / place(revision)
    state.backup(str(path))
    graph = ox.Store(str(path))
    for quad in doomed:
        graph.remove(quad)
    graph.flush()
    del graph  # closes RocksDB, so that its files are whole
    counts = dict(version.graphs)
    for name in map(graph_of, doomed):
        if name in counts:
            counts[name] = replace(counts[name], triples=counts[name].triples - 1)
    counts = marked(counts, {graph_of(quad) for quad in doomed}, day)
    triples = version.triples - len(doomed)
    write_version(replace(version, triples=triples, graphs=counts, revision=revision), draft)
    checksums.record(draft, version.path.parent)
    sync_tree(draft)


def _clean_pages(layout: Layout, kept: consent.Kept, whom: set[consent.Node] | None) -> None:
    """Take the others' data out of the pages of changes, those of versions that are gone too."""
    for folder in sorted(layout.catalogue.glob("changes/*")):
        for page in sorted(folder.glob("*.nq")):
            if whom is not None and not _mentions(page, whom):
                continue
            state = ox.Store()
            state.load(path=str(page), format=ox.RdfFormat.N_QUADS)
            others = kept.others(state, whom)
            for person in others:
                for quad in consent.statements(state, person, others):
                    state.remove(quad)
            if others:
                told = sorted(f"{quad} .\n" for quad in state)
                write_durably(page, "".join(told))


def _mentions(page: Path, whom: set[consent.Node]) -> bool:
    text = page.read_text("utf-8")
    return any(str(person) in text for person in whom)
