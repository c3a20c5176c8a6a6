"""How many statements have each class and each predicate, kept from version to version.

They are counted once for a subject file. What a version changed is counted anew for the things that
it changed: a query that counts by class is answered without a scan of the graph.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from urbansdg.endpoint.subjects.statement_texts import term_text
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.store import ReadableGraph, merged

MOST: Final = 10_000
"""The most classes, or predicates, that are counted one by one."""

FEW: Final = 1_000
"""The most changed things that are counted anew for a version: a tenth of a second."""

TYPE: Final = NamedNode(PREFIXES["rdf"] + "type")


@dataclass(frozen=True, slots=True)
class StatementCounts:
    """The numbers of statements by class and by predicate, which N-Triples writes."""

    classes: Mapping[bytes, int]
    predicates: Mapping[bytes, int]

    def after(
        self, things: Collection[str], before: ReadableGraph, after: ReadableGraph
    ) -> "StatementCounts | None":
        """Return the counts of the next version, which changed some things; None for too many."""
        if len(things) > FEW:
            return None
        gone, new = StatementCounter(), StatementCounter()
        for thing in map(NamedNode, things):
            gone.count(merged(before, (thing, None, None)))
            new.count(merged(after, (thing, None, None)))
        old, fresh = gone.counts(), new.counts()
        if old is None or fresh is None:
            return None
        return StatementCounts(
            _changed(self.classes, old.classes, fresh.classes),
            _changed(self.predicates, old.predicates, fresh.predicates),
        )


@dataclass(slots=True)
class StatementCounter:
    """Counts statements as they pass."""

    _classes: Counter[NamedNode | BlankNode | Literal | Triple] = field(default_factory=Counter)
    _predicates: Counter[NamedNode] = field(default_factory=Counter)

    def passing(self, quads: Iterable[Quad]) -> Iterator[Quad]:
        """Yield statements, and count them."""
        classes, predicates = self._classes, self._predicates
        for quad in quads:
            predicate = quad.predicate
            predicates[predicate] += 1
            if predicate == TYPE and len(classes) <= MOST:
                classes[quad.object] += 1
            yield quad

    def count(self, quads: Iterable[Quad]) -> None:
        """Count statements."""
        for _ in self.passing(quads):
            pass

    def counts(self) -> StatementCounts | None:
        """Return the counts; None for too many classes or predicates, and for terms of RDF 1.2."""
        classes, predicates = _texts(self._classes), _texts(self._predicates)
        if classes is None or predicates is None:
            return None
        return StatementCounts(classes, predicates)


def _texts(
    counts: Mapping[NamedNode | BlankNode | Literal | Triple, int] | Mapping[NamedNode, int],
) -> dict[bytes, int] | None:
    texts = {term_text(term): count for term, count in counts.items()}
    if len(texts) > MOST or None in texts:
        return None
    return {text: count for text, count in texts.items() if text is not None}


def _changed(
    counts: Mapping[bytes, int], gone: Mapping[bytes, int], new: Mapping[bytes, int]
) -> dict[bytes, int]:
    changed = Counter(counts)
    changed.update(new)
    changed.subtract(gone)
    return {term: count for term, count in changed.items() if count}
