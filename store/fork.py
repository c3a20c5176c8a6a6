"""A fork: a copy of a version that takes a change before anybody can see it."""

from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox

from urbansdg.problems import StoreError, WriteRefused
from urbansdg.store.change import Change, Replacement, Touched
from urbansdg.store.edit import DEFAULT

FEW = 10_000
"""Up to so many changed subjects are named one by one; beyond, everything is validated."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How a fork differs from the version it came from: triples, their subjects, their graphs."""

    added: int
    removed: int
    subjects: frozenset[str] | None
    graphs: frozenset[str] = frozenset()


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


def graph_node(name: str) -> ox.NamedNode | ox.DefaultGraph:
    """Return the node of a graph by its IRI, or by `default`."""
    return ox.DefaultGraph() if name == DEFAULT else ox.NamedNode(name)


def compare(before: ox.Store, after: ox.Store, graphs: frozenset[str]) -> Difference:
    """Compare two states of some graphs, triple by triple."""
    new, old = _Missing(), _Missing()
    for graph in graphs:
        new.look(after, before, graph)
        old.look(before, after, graph)
    subjects = frozenset(new.subjects | old.subjects) if new.few and old.few else None
    return Difference(new.count, old.count, subjects, frozenset(new.graphs | old.graphs))


def compare_edited(
    before: ox.Store, after: ox.Store, written: frozenset[str] | None, own: str
) -> Difference:
    """Compare two states in the graphs that an edit may have written to, None meaning any.

    The store's own graph is left out; a graph that is there now and empty counts as changed.
    """
    here, there = _names(before), _names(after)
    looked_at = (here | there) if written is None else written
    found = compare(before, after, looked_at - {own})
    return replace(found, graphs=found.graphs | (here ^ there))


def _names(state: ox.Store) -> frozenset[str]:
    return frozenset({DEFAULT, *(str(each.value) for each in state.named_graphs())})


def spare(before: ox.Store, after: ox.Store, graph: str) -> None:
    """Undo what an edit removed from a graph that is the store's own.

    Raises `WriteRefused` where it added something.
    """
    node = graph_node(graph)
    if any(quad not in before for quad in after.quads_for_pattern(None, None, None, node)):
        raise WriteRefused(
            f"The graph {graph} is written by the store itself.", "Write to another graph."
        )
    after.extend(before.quads_for_pattern(None, None, None, node))


def count(state: ox.Store, graph: str) -> int:
    """Count the triples of a graph."""
    return sum(1 for _ in state.quads_for_pattern(None, None, None, graph_node(graph)))


class _Missing:
    """What one state has and another has not."""

    def __init__(self) -> None:
        self.count = 0
        self.subjects: set[str] = set()
        self.graphs: set[str] = set()

    @property
    def few(self) -> bool:
        return len(self.subjects) <= FEW

    def look(self, here: ox.Store, there: ox.Store, graph: str) -> None:
        for quad in here.quads_for_pattern(None, None, None, graph_node(graph)):
            if quad not in there:
                self.count += 1
                self.graphs.add(graph)
                if self.few and isinstance(quad.subject, ox.NamedNode):
                    self.subjects.add(quad.subject.value)


def touched(change: Change, difference: Difference) -> Touched:
    """Say what a change touched; what stands in the default graph has no graph to be named by."""
    graphs = change.graphs | difference.graphs
    everything = DEFAULT in graphs
    return Touched(graphs - {DEFAULT}, None if everything else difference.subjects)


def copy(version: Path, folder: Path) -> Path:
    """Copy a version by hard links into a folder, and return the copy's path."""
    target = folder / "graph"
    ox.Store.read_only(str(version)).backup(str(target))
    return target
