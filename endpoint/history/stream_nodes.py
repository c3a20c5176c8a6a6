"""The nodes of the event stream that lead to its pages: the view, and nodes of older pages.

The view has relations to the pages of the newest versions, and one to a node with those before
them, which leads on in the same way. So a client that polls the view reads no more after 10,000
versions than after 1,000. A node of older pages stays as it is. Source: the TREE hypermedia
specification, section 4 (relations).
"""

from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from urbansdg.endpoint.history.event_members import moment, stream, term
from urbansdg.store.history.history_index import Changes, HistoryIndex

VERSIONS: Final = 500
"""The versions whose pages one node of older pages leads to; the view has up to twice as many."""

_LATER: Final = "GreaterThanOrEqualToRelation"
_EARLIER: Final = "LessThanOrEqualToRelation"


def first_of_view(last: int) -> int:
    """Return the first version whose pages the view has, where `last` is the current one."""
    return max(0, last // VERSIONS - 1) * VERSIONS


def view_relations(index: HistoryIndex, last: int, base: str) -> Iterator[ox.Quad]:
    """Yield the relations of the view up to a version."""
    return _relations(index, ox.NamedNode(f"{base}/events"), first_of_view(last), last)


def older_node(index: HistoryIndex, before: int, base: str) -> list[ox.Quad]:
    """Return the node with the pages of versions before one; `before` is a multiple of 500."""
    view = ox.NamedNode(f"{base}/events")
    here = _older(view, before)
    return [
        ox.Quad(here, term("rdf:type"), term("tree:Node")),
        ox.Quad(stream(base), term("tree:view"), view),
        ox.Quad(here, term("dcterms:isPartOf"), view),
        *_relations(index, here, before - VERSIONS, before - 1),
    ]


def _older(view: ox.NamedNode, before: int) -> ox.NamedNode:
    return ox.NamedNode(f"{view.value}/before/{before}")


def _relations(index: HistoryIndex, here: ox.NamedNode, first: int, last: int) -> Iterator[ox.Quad]:
    """Yield the relations of a node to the pages of versions, and to the node before them."""
    view = ox.NamedNode(here.value.partition("/before/")[0])
    older = next(index.changes(first - 1, newest_first=True), None) if first > 0 else None
    if older is not None:
        to = _older(view, first)
        yield from _relation(here, f"before-{first}", _EARLIER, older, to)
    for changes in index.changes(last, first):
        for page in range(1, changes.pages + 1):
            to = ox.NamedNode(f"{view.value}/{changes.number}/{page}")
            for kind in (_LATER, _EARLIER):  # all members of a page have the time of its version
                yield from _relation(here, f"{changes.number}-{page}", kind, changes, to)


def _relation(
    here: ox.NamedNode, name: str, kind: str, changes: Changes, to: ox.NamedNode
) -> Iterator[ox.Quad]:
    relation = ox.NamedNode(f"{here.value}#{kind}-{name}")
    for predicate, value in (
        ("rdf:type", term(f"tree:{kind}")),
        ("tree:path", term("as:published")),
        ("tree:value", moment(changes.created)),
        ("tree:node", to),
    ):
        yield ox.Quad(relation, term(predicate), value)
    yield ox.Quad(here, term("tree:relation"), relation)
