"""A fork: a copy of a version that takes a change before anybody can see it."""

import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pyoxigraph as ox

from urbansdg.errors import InvalidData, StoreError, WriteRefused
from urbansdg.ontology.rdf import rdf_dataset
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.store.changes.change import Change, Replacement, Touched
from urbansdg.store.changes.delta_update import LARGEST_DELTA
from urbansdg.store.changes.merge_update import MergeUpdate
from urbansdg.store.versions.merged_store import MergedStore

FEW = 10_000
"""Up to so many changed subjects are named one by one; beyond, everything is validated."""


NAMED = 10 * FEW
"""Of a new graph of more statements than these, the subjects are not counted either."""

SMALL = 1 << 20
"""Files of fewer bytes go in by one transaction, which is faster than tables of their own."""

SIDE_BY_SIDE = 2
"""So many files are loaded at once, at most: each may take a gigabyte of memory."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How a fork differs from the version it came from: triples, their subjects, their graphs.

    `new` and `gone` count triples by graph; `subjects` is None where they are too many to name;
    `nameless` says whether blank nodes may be among what is to be validated, `blank` whether some
    are among the subjects; `quads` are those that one of the two has and the other has not, None
    where they are too many to name.
    """

    new: Mapping[str, int]
    gone: Mapping[str, int]
    subjects: frozenset[str] | None
    graphs: frozenset[str] = frozenset()
    nameless: bool = True
    blank: bool = False
    quads: frozenset[ox.Quad] | None = None

    def things(self, quads: Iterable[ox.Quad]) -> frozenset[str] | None:
        """Return the IRIs of what differs and of the subjects of `quads`; None for blank nodes."""
        subjects = {quad.subject for quad in quads}
        if self.subjects is None or self.blank:
            return None
        named = {subject.value for subject in subjects if isinstance(subject, ox.NamedNode)}
        return self.subjects | named if len(named) == len(subjects) else None

    @property
    def added(self) -> int:
        """How many triples the fork has that the version has not."""
        return sum(self.new.values())

    @property
    def removed(self) -> int:
        """How many triples the version has that the fork has not."""
        return sum(self.gone.values())


def apply(change: Change, fork: ox.Store, merge: MergeUpdate) -> None:
    """Put a change into a fork: replace and remove. What is large goes into the merge, too."""
    replaced = [step.graph for step in change.replacements]
    new = {name for name in replaced if not fork.contains_named_graph(ox.NamedNode(name))}
    for graph in (*change.removals, *replaced):
        fork.remove_graph(ox.NamedNode(graph))
    for replacement in change.replacements:
        if replacement.graph in new and merge.loads(replacement.files):
            merge.loaded.add(replacement.graph)
        _fill(replacement, fork, merge)


def refuse_nameless(fork: MergedStore) -> None:
    """Raise `InvalidData` where an edit made a graph that a blank node names.

    SPARQL lets a variable stand for a graph's name, so that only the result shows it. No request
    could name such a graph again.
    """
    if any(isinstance(name, ox.BlankNode) for name in fork.named_graphs()):
        raise InvalidData(
            "The update writes to a graph that is named by a blank node.",
            "Name each graph by an IRI; in a WHERE clause, bind its variable with IRI(...).",
        )


def _fill(replacement: Replacement, fork: ox.Store, merge: MergeUpdate) -> None:
    """Load large files side by side: it releases the GIL."""
    graph, lenient = ox.NamedNode(replacement.graph), replacement.parsed
    fork.add_graph(graph)

    def load(file: Path) -> None:
        fill = fork.load if file.stat().st_size < SMALL else fork.bulk_load
        fill(path=str(file), format=ox.RdfFormat.N_TRIPLES, to_graph=graph, lenient=lenient)

    loads = [partial(load, file) for file in replacement.files]
    if replacement.graph in merge.loaded:
        loads += [partial(merge.load, file) for file in replacement.files]
    try:
        with ThreadPoolExecutor(min(os.cpu_count() or 1, SIDE_BY_SIDE)) as pool:
            for loading in [pool.submit(load) for load in loads]:
                loading.result()
    except (SyntaxError, ValueError) as error:
        raise StoreError(
            f"The triples made from {replacement.source.name} cannot be read back: {error}.",
            "This is a fault of the reader, not of the source: please report it.",
        ) from error


def graph_of(quad: ox.Quad) -> str:
    """Return the IRI of the graph of a quad, which is a named one."""
    if isinstance(quad.graph_name, ox.DefaultGraph):
        raise TypeError(f"a quad of a version has a graph: {quad}")
    return str(quad.graph_name.value)


def compare(
    before: RdfDataset,
    after: RdfDataset,
    graphs: frozenset[str],
    merge: MergeUpdate | None = None,
) -> Difference:
    """Compare two states of some graphs, triple by triple; the merge follows where it is given."""
    new, old = _Missing(merge, is_new=True), _Missing(merge)
    for graph in graphs:
        new.look(after, before, graph)
        old.look(before, after, graph)
    subjects = frozenset(new.subjects | old.subjects) if new.few and old.few else None
    graphs_changed = frozenset({*new.counts, *old.counts})
    blank = new.blank or old.blank
    quads = frozenset(new.quads + old.quads)
    named = quads if new.countable and old.countable and len(quads) <= LARGEST_DELTA else None
    return Difference(new.counts, old.counts, subjects, graphs_changed, blank=blank, quads=named)


def compare_edited(  # noqa: PLR0917  # two states, three facts about the edit, and the merge
    before: RdfDataset,
    after: RdfDataset,
    written: frozenset[str] | None,
    own: str,
    named: Collection[ox.Quad] | None = None,
    merge: MergeUpdate | None = None,
) -> Difference:
    """Compare two states in the graphs that an edit may have written to, None meaning any.

    Where all quads that it may have added or removed are `named`, only these are looked at. The
    store's own graph is left out; a graph that is there now and empty counts as changed. The merge
    follows where it is given.
    """
    here, there = names(before), names(after)
    if named is None:
        looked_at = (here | there) if written is None else written
        difference = compare(before, after, looked_at - {own}, merge)
    else:
        difference = _compare_named(before, after, named, own)
        if merge is not None:
            for quad in named:
                merge.note(quad)
    graphs = difference.graphs | (here ^ there)
    return replace(difference, graphs=graphs)


def statements(things: Iterable[str], *states: RdfDataset) -> set[ox.Quad]:
    """Return what the states say of some things."""
    quads: set[ox.Quad] = set()
    for subject in map(ox.NamedNode, things):
        for state in states:
            quads.update(state.quads_for_pattern(subject, None, None))
    return quads


def _compare_named(
    before: RdfDataset, after: RdfDataset, named: Collection[ox.Quad], own: str
) -> Difference:
    new, gone, quads = Counter[str](), Counter[str](), set[ox.Quad]()
    for quad in set(named):
        graph, is_there = graph_of(quad), quad in after
        if (quad in before) == is_there or graph == own:
            continue
        (new if is_there else gone)[graph] += 1
        quads.add(quad)
    subjects = {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)}
    return Difference(
        new,
        gone,
        frozenset(subjects),
        frozenset({*new, *gone}),
        nameless=False,
        quads=frozenset(quads) if len(quads) <= LARGEST_DELTA else None,
    )


def names(state: RdfDataset) -> frozenset[str]:
    """Return the IRIs of the graphs of a state."""
    return frozenset(str(graph.value) for graph in state.named_graphs())


def spare(
    before: MergedStore,
    after: MergedStore,
    graph: str,
    named: Collection[ox.Quad] | None,
    merge: MergeUpdate,
) -> None:
    """Undo what an edit removed from a graph that is the store's own.

    Nothing is to be done where no quad that it may have changed, if they are `named`, is there.
    Raises `WriteRefused` where it added something.
    """
    node = ox.NamedNode(graph)
    if named is not None and all(quad.graph_name != node for quad in named):
        return
    if any(quad not in before for quad in after.quads_for_pattern(None, None, None, node)):
        raise own(graph)
    for quad in before.quads_for_pattern(None, None, None, node):
        if quad not in after:
            after.store.add(quad)
        merge.note(quad)


def own(graph: str) -> WriteRefused:
    """Return the error of a change of the store's own graph."""
    message = f"Only the store writes to the graph {graph}."
    return WriteRefused(message, "Write to another graph.")


def count(state: RdfDataset, graph: str) -> int:
    """Count the triples of a graph."""
    node = ox.NamedNode(graph)
    return rdf_dataset.count(state, f"SELECT (COUNT(*) AS ?n) {{ GRAPH {node} {{ ?s ?p ?o }} }}")


class _Missing:
    """What one state has and another has not: counts by graph, and subjects."""

    def __init__(self, merge: MergeUpdate | None = None, *, is_new: bool = False) -> None:
        self.merge = merge
        self.is_new = is_new
        self.counts: dict[str, int] = {}
        self.subjects: set[str] = set()
        self.quads: list[ox.Quad] = []
        self.blank = False
        self.vast = False

    @property
    def few(self) -> bool:
        return not self.vast and len(self.subjects) <= FEW

    @property
    def countable(self) -> bool:
        return not self.vast and len(self.quads) <= LARGEST_DELTA

    def look(self, here: RdfDataset, there: RdfDataset, graph: str) -> None:
        node = ox.NamedNode(graph)
        if next(there.quads_for_pattern(None, None, None, node), None) is None:
            total = count(here, graph)
            self._merge_whole(here, node, total)
            self._whole(here, graph, total)
        else:
            every = here.quads_for_pattern(None, None, None, node)
            total = 0
            for quad in every:
                if quad not in there:
                    total += self._note(quad)
                    if self.merge is not None:
                        self.merge.note(quad)
        if total:
            self.counts[graph] = total

    def _merge_whole(self, here: RdfDataset, graph: ox.NamedNode, total: int) -> None:
        """Let the merge follow a graph that only one state has."""
        if self.merge is None or graph.value in self.merge.loaded:
            return
        if self.is_new and self.merge.is_bulk(total):
            self.merge.add_graph(graph)
            return
        for quad in here.quads_for_pattern(None, None, None, graph):
            self.merge.note(quad)

    def _whole(self, here: RdfDataset, graph: str, count: int) -> None:
        """Take all that is in the graph; so much that it need not be named is not looked at."""
        if count > NAMED:
            self.vast = True
            return
        for quad in here.quads_for_pattern(None, None, None, ox.NamedNode(graph)):
            self._note(quad)
            if not self.few:
                break

    def _note(self, quad: ox.Quad) -> int:
        if self.few and isinstance(quad.subject, ox.NamedNode):
            self.subjects.add(quad.subject.value)
        if self.countable:
            self.quads.append(quad)
        self.blank = self.blank or isinstance(quad.subject, ox.BlankNode)
        return 1


def touched(change: Change, difference: Difference) -> Touched:
    """Say what a change touched."""
    graphs = change.graphs | difference.graphs
    return Touched(graphs, difference.subjects, difference.nameless, change.suspects)
