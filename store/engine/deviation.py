"""The differences between a graph of the engine and the content delivered to it, exactly compared.

A count does not tell when others put one statement in another's place. So each statement that the
engine gives is looked up in the copy here, where a blank node, whose label is each one's own,
stands for any.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

import pyoxigraph as ox

from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.store.engine import dialects

_MOST_EXAMPLES: Final = 3
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Deviation:
    """The differences of a graph of the engine: unexpected and missing statements, with examples.

    Numbers of statements; those with one value in two spellings are the same.
    """

    graph: str
    foreign: int
    missing: int
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the differences in one line."""
        more = f": {' '.join(self.examples)}" if self.examples else ""
        return f"{self.graph} has {self.foreign:,} foreign statements, lacks {self.missing:,}{more}"


def deviation(graph: str, triples: Iterable[ox.Triple], copy: RdfDataset) -> Deviation | None:
    """Return how what the engine gives of a graph differs from the copy, None where it does not."""
    node, examples = ox.NamedNode(graph), list[str]()
    known = strange = 0
    for triple in triples:
        if ox.Quad(triple.subject, triple.predicate, triple.object, node) in copy or _is_alike(
            triple, node, copy
        ):
            known += 1
            continue
        strange += 1
        if strange <= _MOST_EXAMPLES:
            examples.append(f"{str(triple)[:_LONGEST]} .")
    count_in_copy = sum(1 for _ in copy.quads_for_pattern(None, None, None, node))
    if not strange and known >= count_in_copy:
        return None
    return Deviation(graph, strange, max(0, count_in_copy - known), tuple(examples))


def _is_alike(triple: ox.Triple, graph: ox.NamedNode, copy: RdfDataset) -> bool:
    """Tell whether the copy has a statement that an engine may spell so."""
    subject, predicate, object_ = triple
    subjects = None if isinstance(subject, ox.BlankNode) else subject
    quads = islice(copy.quads_for_pattern(subjects, predicate, None, graph), 1_000)
    for quad in quads:
        if subjects is None and not isinstance(quad.subject, ox.BlankNode):
            continue
        if dialects.is_alike(object_, quad.object):
            return True
    return False
