"""The difference between two versions, quad by quad and graph by graph."""

from collections.abc import Iterator
from typing import Literal

import pyoxigraph as ox

from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.store.backend import VersionedBackend
from urbansdg.store.versions.changed_subjects import StatementPatch
from urbansdg.store.versions.version import Version

Sign = Literal["-", "+"]


def difference(
    store: VersionedBackend, one: Version, other: Version
) -> Iterator[tuple[Sign, ox.Quad]]:
    """Yield the difference between two versions, graph by graph: removed quads, then added ones.

    Graphs that were made from the same bytes are not looked at. Raises `VersionDamaged`.
    """
    before, after = store.read(one), store.read(other)
    among = store.apart(one, other)
    for name in _changed(one, other, before, after):
        yield from (("-", quad) for quad in sorted(_only(before, after, name, among), key=str))
        yield from (("+", quad) for quad in sorted(_only(after, before, name, among), key=str))


def things(
    one: Version,
    other: Version,
    states: tuple[RdfDataset, RdfDataset],
    among: frozenset[str] | None,
) -> set[str]:
    """Return the IRIs of the things that differ between two versions; no quad is kept in memory.

    `states` are those of the two, open; `among` are the things that may differ, None where that
    is unknown (`VersionedBackend.apart`).
    """
    before, after = states
    return {
        quad.subject.value
        for name in _changed(one, other, before, after)
        for here, there in ((before, after), (after, before))
        for quad in _only(here, there, name, among)
        if isinstance(quad.subject, ox.NamedNode)
    }


def rdf_patch(changes: Iterator[tuple[Sign, ox.Quad]]) -> Iterator[str]:
    """Yield the lines of an RDF Patch, one transaction (https://afs.github.io/rdf-delta/)."""
    yield "TX ."
    for sign, quad in changes:
        yield f"{'A' if sign == '+' else 'D'} {_terms(quad)} ."
    yield "TC ."


def patch_document(patch: StatementPatch, version: str, previous: str | None) -> bytes:
    """Return the changes of a version as an RDF Patch, whose header has the IRIs of versions."""
    header = [f"H id <{version}> ."]
    header += [] if previous is None else [f"H prev <{previous}> ."]
    steps = (*(f"D {line}" for line in patch.removed), *(f"A {line}" for line in patch.added))
    return "".join(f"{line}\n" for line in (*header, "TX .", *steps, "TC .")).encode()


def n_quads(changes: Iterator[tuple[Sign, ox.Quad]], sign: Sign) -> Iterator[str]:
    """Yield the lines of N-Quads of the added or the removed quads."""
    return (f"{_terms(quad)} ." for operation, quad in changes if operation == sign)


def _terms(quad: ox.Quad) -> str:
    return f"{quad.subject} {quad.predicate} {quad.object} {quad.graph_name}"


def _changed(one: Version, other: Version, before: RdfDataset, after: RdfDataset) -> list[str]:
    """Return the graphs that may have changed, by name."""
    named = {str(graph.value) for graph in (*before.named_graphs(), *after.named_graphs())}
    return [name for name in sorted(named) if not _same(one, other, name)]


def _only(
    here: RdfDataset, there: RdfDataset, graph: str, among: frozenset[str] | None
) -> Iterator[ox.Quad]:
    """Yield what one state has and another has not, of some things or of all."""
    node = ox.NamedNode(graph)
    subjects = [None] if among is None else [ox.NamedNode(graph) for graph in among]
    for subject in subjects:
        quads = here.quads_for_pattern(subject, None, None, node)
        yield from (quad for quad in quads if quad not in there)


def _same(one: Version, other: Version, graph: str) -> bool:
    before, after = one.graphs.get(graph), other.graphs.get(graph)
    return before is not None and bool(before.source) and before == after
