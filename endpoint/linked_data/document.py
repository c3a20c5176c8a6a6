"""What the graph says of a thing: the content of its document, bounded.

It is read by pattern from the version that is open: no query is evaluated, so the front end may.
From an engine it is read in a few questions, each about many things.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, groupby, islice
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from urbansdg.endpoint.html.language_lookup import NAMING
from urbansdg.endpoint.linked_data.companions import briefs, companions, links_among, links_to
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.store import ReadableGraph, found, leading_to, statements

MOST: Final = 5_000
"""At most so many statements on a thing, or on one of its parts, stand in its document."""

MOST_INCOMING: Final = 500
"""At most so many statements of others on a thing stand on a page of its document."""

_FEW: Final = 200
"""Fewer statements of others are read once, and sorted here: that costs less than nine look-ups."""

_REMEMBERED: Final = 50_000
_COUNTED: Final = 10_000
_PARTS: Final = 500
_LABELLED: Final = 1_000
DocumentNode = NamedNode | BlankNode
LICENCE: Final = NamedNode(f"{PREFIXES['dcterms']}license")
HOLDER: Final = NamedNode(f"{PREFIXES['dcterms']}rightsHolder")
RIGHTS: Final = (LICENCE, HOLDER)
_TYPE: Final = NamedNode(f"{PREFIXES['rdf']}type")


@dataclass(frozen=True, slots=True)
class Document:
    """The statements on a thing and its parts, those of others on it, and names of the rest.

    `beside` has what is said of the things without which it could not be read, see `companions`.
    `mentions` counts the statements of others, `is_counted` tells whether it counts them all. A
    page after the first has the next of those only; `is_continued` tells of one after this.
    `rights` are the statements on licences and holders of the graphs that speak of the thing.
    """

    iri: str
    own: tuple[Triple, ...]
    parts: dict[str, tuple[Triple, ...]]
    incoming: tuple[Triple, ...]
    mentions: int
    is_counted: bool
    names: tuple[Triple, ...]
    beside: dict[str, tuple[Triple, ...]]
    briefs: tuple[Triple, ...]
    page: int = 1
    is_continued: bool = False
    rights: tuple[Triple, ...] = ()

    def told(self) -> Iterator[Triple]:
        """Yield what is said of the thing, its parts, and the things beside it."""
        yield from self.own
        for told in (*self.parts.values(), *self.beside.values()):
            yield from told

    def triples(self) -> Iterator[Triple]:
        """Yield everything that the document says, for a serialisation."""
        yield from self.told()
        yield from self.incoming
        yield from self.briefs
        yield from self.names


@dataclass(frozen=True, slots=True)
class NameCache:
    """The names that things have in a store, kept once they were read: many speak of the same."""

    store: ReadableGraph
    _kept: dict[NamedNode, tuple[Triple, ...]] = field(default_factory=dict)

    def of_all(self, things: tuple[NamedNode, ...]) -> list[tuple[Triple, ...]]:
        """Return the statements that name each of some things."""
        unread = tuple(thing for thing in things if thing not in self._kept)
        if len(self._kept) + len(unread) > _REMEMBERED:
            self._kept.clear()
            unread = things
        told: dict[NamedNode, list[Triple]] = {thing: [] for thing in unread}
        for quad in statements(self.store, unread, NAMING):
            if isinstance(quad.object, Literal) and isinstance(quad.subject, NamedNode):
                told[quad.subject].append(quad.triple)
        named = {thing: tuple(triples) for thing, triples in told.items()}
        self._kept.update(named)
        return [named[thing] if thing in named else self._kept[thing] for thing in things]


def describe(
    store: ReadableGraph,
    iri: str,
    *,
    mentioned: bool = False,
    page: int = 1,
    names: NameCache | None = None,
) -> Document | None:
    """Return a page of the document of a thing, None where the graph says nothing of it.

    With `mentioned` it is enough that the graph names it, in whatever place of a statement. There
    is no page without a statement, but the first. `names` are those of the store, where kept.
    """
    thing = NamedNode(iri)
    quads = list(statements(store, (thing,), most=MOST))
    own = _ordered(quads)
    if not own and not _is_graph(store, thing) and not (mentioned and _is_named(store, thing)):
        return None
    parts = dict(_parts(store, iri, own))
    begin = (page - 1) * MOST_INCOMING
    leading = tuple(islice(_mentions(store, thing), begin, begin + MOST_INCOMING + 1))
    if page > 1:
        if not leading:
            return None
        own, parts = (), {}
    incoming = leading[:MOST_INCOMING]
    whole = (*own, *(triple for part in parts.values() for triple in part))
    beside: dict[str, tuple[Triple, ...]] = {}
    brief: tuple[Triple, ...] = ()
    if page == 1:
        beside = companions(whole, incoming, store, partial(_of_each, store))
        brief = tuple(briefs(incoming, store))
    told = (*whole, *incoming, *(each for one in beside.values() for each in one), *brief)
    known = {iri, *parts} if page == 1 else set()
    mentions = len(leading)
    if page > 1 or mentions > MOST_INCOMING:
        mentions = sum(1 for _ in islice(_mentions(store, thing), _COUNTED + 1))
    return Document(
        iri,
        own,
        parts,
        incoming,
        min(mentions, _COUNTED),
        mentions <= _COUNTED,
        tuple(_names(names or NameCache(store), told, known)),
        beside,
        brief,
        page,
        len(leading) > MOST_INCOMING,
        tuple(_rights(store, quads)),
    )


def _rights(store: ReadableGraph, quads: Iterable[Quad]) -> Iterator[Triple]:
    graphs = dict.fromkeys(quad.graph_name for quad in quads)
    named = tuple(graph for graph in graphs if isinstance(graph, NamedNode))
    return (quad.triple for quad in statements(store, named, RIGHTS))


def _mentions(store: ReadableGraph, thing: NamedNode) -> Iterator[Triple]:
    """Yield the statements of others on a thing, in one order, each once.

    Those that its page needs come first. The store gives a statement that several graphs have one
    after the other.
    """
    few = [each.triple for each in islice(leading_to(store, thing, _FEW), _FEW)]
    needed = dict.fromkeys(links_among(few) if len(few) < _FEW else links_to(store, thing))
    triples = iter(few)
    if len(few) == _FEW:
        triples = (quad.triple for quad in leading_to(store, thing, _COUNTED + MOST))
    others = (each for each, _ in groupby(triples) if each not in needed)
    return (each for each in chain(needed, others) if _is_other(each, thing.value))


def _is_graph(store: ReadableGraph, thing: NamedNode) -> bool:
    return next(found(store, (None, None, None), 1, thing), None) is not None


def _is_named(store: ReadableGraph, thing: NamedNode) -> bool:
    patterns = ((None, None, thing), (None, thing, None))
    return any(next(found(store, each, 1), None) is not None for each in patterns)


def _is_other(triple: Triple, iri: str) -> bool:
    subject = triple.subject
    return isinstance(subject, NamedNode) and not subject.value.startswith(f"{iri}/")


def _of_each(
    store: ReadableGraph, things: tuple[NamedNode, ...]
) -> dict[NamedNode, tuple[Triple, ...]]:
    """Return what is said of each of some things."""
    told: dict[NamedNode, list[Quad]] = {thing: [] for thing in things}
    for quad in statements(store, things, most=MOST):
        if isinstance(quad.subject, NamedNode):
            told[quad.subject].append(quad)
    return {thing: _ordered(quads) for thing, quads in told.items()}


def _ordered(quads: Iterable[Quad]) -> tuple[Triple, ...]:
    return tuple(sorted(_unique(quads), key=str))


def _unique(quads: Iterable[Quad]) -> tuple[Triple, ...]:
    return tuple(dict.fromkeys(quad.triple for quad in quads))


def _parts(
    store: ReadableGraph, iri: str, own: tuple[Triple, ...]
) -> Iterator[tuple[str, tuple[Triple, ...]]]:
    """Yield what is named under a thing's IRI and linked from it, and what those link to there.

    So are blank nodes, which have no document of their own (concise bounded description).
    """
    waiting = tuple(dict.fromkeys(_beneath(own, iri)))[:_PARTS]
    seen: set[DocumentNode] = {NamedNode(iri)}
    while waiting:
        told = defaultdict[object, list[Triple]](list)
        for triple in _unique(statements(store, waiting, most=MOST)):
            told[triple.subject].append(triple)
        seen |= {*waiting}
        level = [(part, tuple(sorted(told[part], key=str))) for part in waiting if told[part]]
        yield from ((_name(part), triples) for part, triples in level)
        further = dict.fromkeys(each for _, triples in level for each in _beneath(triples, iri))
        waiting = tuple(part for part in further if part not in seen)[: _PARTS + 1 - len(seen)]


def _name(part: DocumentNode) -> str:
    return part.value if isinstance(part, NamedNode) else str(part)


def _beneath(told: tuple[Triple, ...], iri: str) -> Iterator[DocumentNode]:
    for triple in told:
        value = triple.object
        named = isinstance(value, NamedNode) and value.value.startswith(f"{iri}/")
        if isinstance(value, DocumentNode) and (named or isinstance(value, BlankNode)):
            yield value


def _names(names: NameCache, told: tuple[Triple, ...], known: set[str]) -> Iterator[Triple]:
    """Yield the names of the things that the statements speak of."""
    spoken = dict.fromkeys(
        term
        for triple in told
        for term in (triple.subject, triple.predicate, triple.object)
        if isinstance(term, NamedNode) and term.value not in known
    )
    for triples in names.of_all(tuple(islice(spoken, _LABELLED))):
        yield from triples
