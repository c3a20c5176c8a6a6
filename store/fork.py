"""A fork: a copy of a version that takes a change before anybody can see it."""

from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from urbansdg.problems import StoreError
from urbansdg.store.change import Change, Replacement, Touched

FEW = 10_000
"""Up to so many changed subjects are named one by one; beyond, everything is validated."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How a fork differs from the version it came from, in triples, and for each graph."""

    added: int
    removed: int
    subjects: frozenset[str] | None


def apply(change: Change, fork: ox.Store) -> None:
    """Put a change into a fork: replace, remove, settle."""
    for graph in (*change.removals, *(step.graph for step in change.replacements)):
        fork.remove_graph(ox.NamedNode(graph))
    for replacement in change.replacements:
        _fill(replacement, fork)
    for step in change.settle:
        fork.update(step.update)


def _fill(replacement: Replacement, fork: ox.Store) -> None:
    graph = ox.NamedNode(replacement.graph)
    fork.add_graph(graph)
    for file in replacement.files:
        try:
            fork.bulk_load(path=str(file), format=ox.RdfFormat.N_TRIPLES, to_graph=graph)
        except (SyntaxError, ValueError) as error:
            raise StoreError(
                f"The triples made from {replacement.source.name} cannot be read back: {error}.",
                "This is a fault of the reader, not of the source: please report it.",
            ) from error


def compare(before: ox.Store, after: ox.Store, graphs: frozenset[str]) -> Difference:
    """Compare two states of some graphs, triple by triple."""
    added, new = _missing(after, before, graphs)
    removed, old = _missing(before, after, graphs)
    few = new is not None and old is not None and len(new | old) <= FEW
    return Difference(added, removed, (new or frozenset()) | (old or frozenset()) if few else None)


def _missing(
    here: ox.Store, there: ox.Store, graphs: frozenset[str]
) -> tuple[int, frozenset[str] | None]:
    count, subjects = 0, set[str]()
    for graph in graphs:
        for quad in here.quads_for_pattern(None, None, None, ox.NamedNode(graph)):
            if quad not in there:
                count += 1
                if len(subjects) <= FEW and isinstance(quad.subject, ox.NamedNode):
                    subjects.add(quad.subject.value)
    return count, frozenset(subjects) if len(subjects) <= FEW else None


def touched(change: Change, difference: Difference) -> Touched:
    """Say what a change touched."""
    return Touched(change.graphs, difference.subjects)


def copy(version: Path, folder: Path) -> Path:
    """Copy a version by hard links into a folder, and return the copy's path."""
    target = folder / "graph"
    ox.Store.read_only(str(version)).backup(str(target))
    return target
