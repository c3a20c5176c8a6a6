"""Texts that still name what was forgotten: they are reported, and an editor decides.

A text such as a description is a statement on another thing. To remove it could take a fact out of
the graph, so that `urbansdg forget` only says where it is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from urbansdg.ontology.personal_data import NAMES
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset

_ADDRESSES: Final = ("mailto:", "tel:")
_SHORT: Final = 5
"""A name of one word with fewer letters of ASCII is a part of too many other words."""
_MOST: Final = 100
_MOST_WORDS: Final = 200
"""So many names and addresses are looked for: each is compared with every text."""


@dataclass(frozen=True, slots=True)
class TextMention:
    """A text of the current version that names what was forgotten: its thing and its property."""

    subject: str
    path: str


def text_mentions(state: RdfDataset, lines: Iterable[str]) -> tuple[TextMention, ...]:
    """Return the texts of a state with a name or an address from statements that left it.

    `lines` are these statements, in N-Triples. The first hundred mentions are returned.
    """
    words = sorted(set(_words(lines)))[:_MOST_WORDS]
    if not words:
        return ()
    tests = " || ".join(f"CONTAINS(?text, {ox.Literal(word)})" for word in words)
    rows = state.query(
        "SELECT DISTINCT ?thing ?path { ?thing ?path ?value FILTER(isLiteral(?value))"
        f" BIND(LCASE(STR(?value)) AS ?text) FILTER({tests}) }}"
        f" ORDER BY ?thing ?path LIMIT {_MOST}",
        use_default_graph_as_union=True,
    )
    if not isinstance(rows, ox.QuerySolutions):
        raise TypeError("expected a SELECT query")
    return tuple(TextMention(str(row["thing"]), str(row["path"])) for row in rows)


def _words(lines: Iterable[str]) -> Iterator[str]:
    """Yield the names and addresses in statements, in lower case."""
    for quad in ox.parse("\n".join(lines), format=ox.RdfFormat.N_TRIPLES):
        value = quad.object
        if isinstance(value, ox.NamedNode) and value.value.startswith(_ADDRESSES):
            yield value.value.partition(":")[2].casefold()
        elif isinstance(value, ox.Literal) and quad.predicate.value in NAMES:
            name = value.value.strip().casefold()
            if len(name) >= _SHORT or " " in name or (len(name) > 1 and not name.isascii()):
                yield name
