"""The content of the document on a thing, bounded.

It is read by triple patterns from the open version, without the evaluation of a query, so the front
end reads it itself. From a SPARQL engine it takes a few queries, each on many things.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, groupby, islice
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from urbansdg.endpoint.html.preferred_sources import NAMING, outranked, preferred_names
from urbansdg.endpoint.linked_data.companions import briefs, companions, links_among, links_to
from urbansdg.ontology.namespaces import PREFIXES, SDGO
from urbansdg.store import ReadableGraph, find_quads, leading_to, linking, statements

MOST: Final = 5_000
"""The most statements on a thing, or on one of its parts, in its document."""

MOST_INCOMING: Final = 500
"""The most statements with the thing as object on one page of its document."""

_FEW: Final = 200
"""Fewer incoming statements are read once and sorted here, which costs less than nine look-ups."""

SMALL: Final = 400
"""The most statements, in each of its parts, of a document that is small."""

_REMEMBERED: Final = 50_000
_COUNTED: Final = 10_000
_PARTS: Final = 500
_LABELLED: Final = 1_000
_TOPICS: Final = 300
"""The topics of which is remembered what links to them: 300 things of each take 10 MB."""

TopicLink = tuple[NamedNode, NamedNode]
"""A property, and the thing that it leads to."""

DocumentNode = NamedNode | BlankNode
LICENCE: Final = NamedNode(f"{PREFIXES['dcterms']}license")
HOLDER: Final = NamedNode(f"{PREFIXES['dcterms']}rightsHolder")
RIGHTS: Final = (LICENCE, HOLDER)
COMPACT: Final = NamedNode(str(SDGO.SDGCodeCompact))
"""The datatype of the numbers of goals, targets and indicators, such as 11.2.1."""

_NOTATION: Final = NamedNode(f"{PREFIXES['skos']}notation")
_TYPE: Final = NamedNode(f"{PREFIXES['rdf']}type")


class NotSmall(Exception):
    """The document takes longer than the front end may spend without a thread."""


@dataclass(frozen=True, slots=True)
class Document:
    """The statements on a thing and its parts, the incoming ones, and the names of the others.

    `beside` has the statements on its companions (`companions`). `mentions` is the number of
    incoming statements, and `is_counted` is False where there are more. Pages after the first have
    incoming statements only; `is_continued` is True if another page follows. `rights` are the
    licences and rights holders of the graphs with statements on the thing. `outranked` are the
    names and positions of which a preferred source has others (`preferred_sources`).
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
    outranked: frozenset[Triple] = frozenset()

    def statements(self) -> Iterator[Triple]:
        """Yield the statements on the thing, its parts and its companions."""
        yield from self.own
        for triples in (*self.parts.values(), *self.beside.values()):
            yield from triples

    def triples(self) -> Iterator[Triple]:
        """Yield every statement of the document, for a serialisation."""
        yield from self.statements()
        yield from self.incoming
        yield from self.briefs
        yield from self.names


@dataclass(frozen=True, slots=True)
class NameCache:
    """A cache of the names of things, of what links to topics, and of the rights in graphs.

    Many documents have the same.
    """

    store: ReadableGraph
    _names_by_thing: dict[NamedNode, tuple[Triple, ...]] = field(default_factory=dict)
    _rights_by_graph: dict[NamedNode, tuple[Triple, ...]] = field(default_factory=dict)
    _links: dict[TopicLink, frozenset[str]] = field(default_factory=dict)
    _preferred_by_thing: dict[NamedNode, list[Literal]] = field(default_factory=dict)

    def preferred(self, things: tuple[NamedNode, ...]) -> list[list[Literal]]:
        """Return the names of some things, as `preferred_names` chooses them."""
        unread = tuple(thing for thing in things if thing not in self._preferred_by_thing)
        if len(self._preferred_by_thing) + len(unread) > _REMEMBERED:
            self._preferred_by_thing.clear()
            unread = things
        of_things = map(preferred_names, self.of_all(unread))
        named = dict(zip(unread, of_things, strict=True))
        self._preferred_by_thing.update(named)
        known = self._preferred_by_thing
        return [named[thing] if thing in named else known[thing] for thing in things]

    def linking(self, links: Iterable[TopicLink], most: int) -> dict[TopicLink, frozenset[str]]:
        """Return the IRIs that link to each topic by a property, at most `most` of one."""
        distinct = tuple(dict.fromkeys(links))
        unread = [link for link in distinct if link not in self._links]
        known = {link: self._links[link] for link in distinct if link in self._links}
        by_link: dict[TopicLink, set[str]] = {link: set() for link in unread}
        for quad in linking(self.store, unread, most):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
                by_link[quad.predicate, quad.object].add(quad.subject.value)
        if len(self._links) + len(unread) > _TOPICS:
            self._links.clear()
        known |= {link: frozenset(iris) for link, iris in by_link.items()}
        self._links.update(known)
        return known

    def rights_in(self, graph: NamedNode) -> tuple[Triple, ...]:
        """Return the statements on the licence and the rights holder of a graph."""
        rights = self._rights_by_graph.get(graph)
        if rights is None:
            rights = tuple(quad.triple for quad in statements(self.store, (graph,), RIGHTS))
            if len(self._rights_by_graph) == _REMEMBERED:
                self._rights_by_graph.clear()
            self._rights_by_graph[graph] = rights
        return rights

    def of_all(self, things: tuple[NamedNode, ...]) -> list[tuple[Triple, ...]]:
        """Return the statements that name each of some things, and those with their UN numbers."""
        unread = tuple(thing for thing in things if thing not in self._names_by_thing)
        if len(self._names_by_thing) + len(unread) > _REMEMBERED:
            self._names_by_thing.clear()
            unread = things
        by_thing: dict[NamedNode, list[Triple]] = {thing: [] for thing in unread}
        quads = list(statements(self.store, unread, (*NAMING, _NOTATION)))
        dropped = outranked(quads)
        for quad in quads:
            is_preferred = _is_name(quad) and quad.triple not in dropped
            if is_preferred and isinstance(quad.subject, NamedNode):
                by_thing[quad.subject].append(quad.triple)
        named = {thing: tuple(triples) for thing, triples in by_thing.items()}
        self._names_by_thing.update(named)
        return [named[thing] if thing in named else self._names_by_thing[thing] for thing in things]


def describe(
    store: ReadableGraph,
    iri: str,
    *,
    mentioned: bool = False,
    page: int = 1,
    names: NameCache | None = None,
    is_small: bool = False,
) -> Document | None:
    """Return a page of the document on a thing, None for an unknown thing.

    With `mentioned`, a thing is known if it is in any position of a statement. Pages after the
    first have at least one statement. `names` is the cache of names of the store. With `is_small`,
    raises `NotSmall` instead of reading very much.
    """
    thing, names = NamedNode(iri), names or NameCache(store)
    quads = list(statements(store, (thing,), most=MOST))
    if is_small and len(quads) > SMALL:
        raise NotSmall
    own = _ordered(quads)
    if not own and not _is_graph(store, thing) and not (mentioned and _is_named(store, thing)):
        return None
    dropped = set(outranked(quads))
    parts = dict(_parts(store, iri, own, dropped))
    begin = (page - 1) * MOST_INCOMING
    leading = tuple(islice(_mentions(store, thing), begin, begin + MOST_INCOMING + 1))
    if page > 1:
        if not leading:
            return None
        own, parts = (), {}
    incoming = leading[:MOST_INCOMING]
    whole = (*own, *(triple for part in parts.values() for triple in part))
    if is_small and (len(whole) > SMALL or len(incoming) >= _FEW):
        raise NotSmall
    beside: dict[str, tuple[Triple, ...]] = {}
    brief: tuple[Triple, ...] = ()
    if page == 1:
        most = SMALL if is_small else None
        lookup = partial(_statements_by_thing, store, dropped, most)
        beside = companions(whole, incoming, store, lookup)
        brief = tuple(briefs(incoming, store))
    triples = (*whole, *incoming, *(triple for one in beside.values() for triple in one), *brief)
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
        tuple(_names(names, triples, known)),
        beside,
        brief,
        page,
        len(leading) > MOST_INCOMING,
        tuple(_rights(names, quads)),
        frozenset(dropped),
    )


def _is_name(quad: Quad) -> bool:
    """Return whether a statement names a thing: in words, or by the number that the UN gives it."""
    value = quad.object
    is_number = isinstance(value, Literal) and value.datatype == COMPACT
    return isinstance(value, Literal) and (quad.predicate != _NOTATION or is_number)


def _rights(names: NameCache, quads: Iterable[Quad]) -> Iterator[Triple]:
    for graph in dict.fromkeys(quad.graph_name for quad in quads):
        if isinstance(graph, NamedNode):
            yield from names.rights_in(graph)


def _mentions(store: ReadableGraph, thing: NamedNode) -> Iterator[Triple]:
    """Yield the statements with the thing as object, in a stable order, each once.

    Those that its page needs come first. The store returns a statement of several graphs in a row,
    so `groupby` removes the duplicates.
    """
    few = [quad.triple for quad in islice(leading_to(store, thing, _FEW), _FEW)]
    needed = dict.fromkeys(links_among(few) if len(few) < _FEW else links_to(store, thing))
    triples = iter(few)
    if len(few) == _FEW:
        triples = (quad.triple for quad in leading_to(store, thing, _COUNTED + MOST))
    others = (triple for triple, _ in groupby(triples) if triple not in needed)
    return (triple for triple in chain(needed, others) if _is_other(triple, thing.value))


def _is_graph(store: ReadableGraph, thing: NamedNode) -> bool:
    return next(find_quads(store, (None, None, None), 1, thing), None) is not None


def _is_named(store: ReadableGraph, thing: NamedNode) -> bool:
    patterns = ((None, None, thing), (None, thing, None))
    return any(next(find_quads(store, pattern, 1), None) is not None for pattern in patterns)


def _is_other(triple: Triple, iri: str) -> bool:
    subject = triple.subject
    return isinstance(subject, NamedNode) and not subject.value.startswith(f"{iri}/")


def _statements_by_thing(
    store: ReadableGraph, dropped: set[Triple], most: int | None, things: tuple[NamedNode, ...]
) -> dict[NamedNode, tuple[Triple, ...]]:
    """Return the statements on each of several things, and add to those that are outranked.

    Raises `NotSmall` where there are more than `most`.
    """
    by_thing: dict[NamedNode, list[Quad]] = {thing: [] for thing in things}
    quads = list(islice(statements(store, things, most=MOST), None if most is None else most + 1))
    if most is not None and len(quads) > most:
        raise NotSmall
    dropped |= outranked(quads)
    for quad in quads:
        if isinstance(quad.subject, NamedNode):
            by_thing[quad.subject].append(quad)
    return {thing: _ordered(quads) for thing, quads in by_thing.items()}


def _ordered(quads: Iterable[Quad]) -> tuple[Triple, ...]:
    return tuple(sorted(_unique(quads), key=str))


def _unique(quads: Iterable[Quad]) -> tuple[Triple, ...]:
    return tuple(dict.fromkeys(quad.triple for quad in quads))


def _parts(
    store: ReadableGraph, iri: str, own: tuple[Triple, ...], dropped: set[Triple]
) -> Iterator[tuple[str, tuple[Triple, ...]]]:
    """Yield the parts of a thing: linked things below its IRI, and blank nodes, recursively.

    The outranked statements on them are added to `dropped`.

    Source: Concise Bounded Description (W3C Member Submission, 2005).
    """
    waiting = tuple(dict.fromkeys(_beneath(own, iri)))[:_PARTS]
    seen: set[DocumentNode] = {NamedNode(iri)}
    while waiting:
        by_subject = defaultdict[object, list[Triple]](list)
        quads = list(statements(store, waiting, most=MOST))
        dropped |= outranked(quads)
        for triple in _unique(quads):
            by_subject[triple.subject].append(triple)
        seen |= {*waiting}
        level = [
            (part, tuple(sorted(by_subject[part], key=str))) for part in waiting if by_subject[part]
        ]
        yield from ((_name(part), triples) for part, triples in level)
        further = dict.fromkeys(part for _, triples in level for part in _beneath(triples, iri))
        waiting = tuple(part for part in further if part not in seen)[: _PARTS + 1 - len(seen)]


def _name(part: DocumentNode) -> str:
    return part.value if isinstance(part, NamedNode) else str(part)


def _beneath(triples: tuple[Triple, ...], iri: str) -> Iterator[DocumentNode]:
    for triple in triples:
        value = triple.object
        named = isinstance(value, NamedNode) and value.value.startswith(f"{iri}/")
        if isinstance(value, DocumentNode) and (named or isinstance(value, BlankNode)):
            yield value


def _names(names: NameCache, statements: tuple[Triple, ...], known: set[str]) -> Iterator[Triple]:
    """Yield the names of the things in the statements."""
    terms = dict.fromkeys(chain.from_iterable(statements))
    spoken = (term for term in terms if isinstance(term, NamedNode) and term.value not in known)
    for triples in names.of_all(tuple(islice(spoken, _LABELLED))):
        yield from triples
