"""Which of several sources of a fact a page shows, by the published order of graphs.

A page shows one name in a language and one position; the RDF of a thing has those of all sources.
"""

from collections.abc import Iterable
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Triple

from urbansdg.ontology import graph_precedence
from urbansdg.ontology.graph_precedence import NAMING

__all__ = ["NAMING", "outranked", "preferred_names"]

_SINGLE: Final = frozenset((*NAMING, *graph_precedence.POSITIONS))
"""The properties of which a page shows the values of one source only."""


def outranked(quads: Iterable[Quad]) -> frozenset[Triple]:
    """Return the triples of which a preferred source has another name or position."""
    return graph_precedence.outranked(quad for quad in quads if quad.predicate in _SINGLE)


def preferred_names(triples: Iterable[Triple]) -> list[Literal]:
    """Return the names of a thing: in each language, those by the first naming property."""
    by_property: dict[NamedNode, list[Literal]] = {naming: [] for naming in NAMING}
    for triple in triples:
        if triple.predicate in by_property and isinstance(triple.object, Literal):
            by_property[triple.predicate].append(triple.object)
    names: list[Literal] = []
    languages = set[str | None]()
    for literals in by_property.values():
        names += (literal for literal in literals if literal.language not in languages)
        languages |= {literal.language for literal in literals}
    return names
