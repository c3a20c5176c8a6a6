"""The companions of a thing: related things whose statements its document includes.

Contacts, media, figures before and after, opinions with their replies, observations of a city and
its offers. The page of a thing shows them, and a page has no fact that the document lacks.
Everything is bounded.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from pyoxigraph import NamedNode, Triple

from urbansdg.ontology.namespaces import PREFIXES, USDG
from urbansdg.store import ReadableGraph, statements

MOST: Final = 100
"""The most companions of a thing."""

_MOST_LINKS: Final = 200
_REPLY: Final = NamedNode(f"{PREFIXES['oa']}hasTarget")
_OUTWARD: Final = frozenset(
    NamedNode(str(term)) for term in (USDG.contact, USDG.media, USDG.event, USDG.before, USDG.after)
)
_INWARD: Final = frozenset(
    (
        _REPLY,
        NamedNode(f"{PREFIXES['sdmx-dimension']}refArea"),
        NamedNode(str(USDG.cooperatingCity)),
    )
)
_OF_POLICIES: Final = tuple(
    NamedNode(str(term))
    for term in (
        USDG.leadCity,
        USDG.partnerCity,
        USDG.addressesGoal,
        USDG.addressesTarget,
        USDG.theme,
        USDG.adaptedFrom,
        USDG.programme,
        USDG.succeeds,
    )
)
_GOAL: Final = NamedNode(str(USDG.addressesGoal))
_CITY: Final = NamedNode(str(USDG.leadCity))
_LINKS: Final = (*_OF_POLICIES, *_INWARD)
_OF_CITIES: Final = frozenset((_CITY, NamedNode(str(USDG.partnerCity))))

StatementLookup = Callable[[tuple[NamedNode, ...]], dict[NamedNode, tuple[Triple, ...]]]


def links_to(store: ReadableGraph, thing: NamedNode) -> Iterator[Triple]:
    """Yield the statements with the thing as object that its page needs."""
    for link in _LINKS:
        triples = (quad.triple for quad in store.quads_for_pattern(None, link, thing))
        yield from islice(dict.fromkeys(islice(triples, 2 * _MOST_LINKS)), _MOST_LINKS)


def links_among(triples: Iterable[Triple]) -> Iterator[Triple]:
    """Yield the same from all statements with the thing as object, where they are few."""
    by_predicate: dict[NamedNode, list[Triple]] = {}
    for triple in triples:
        by_predicate.setdefault(triple.predicate, []).append(triple)
    for link in _LINKS:
        yield from by_predicate.get(link, ())


def companions(
    triples: Iterable[Triple],
    incoming: Iterable[Triple],
    store: ReadableGraph,
    lookup: StatementLookup,
) -> dict[str, tuple[Triple, ...]]:
    """Return the statements on the companions of a thing, and on their parts, by IRI.

    `triples` are the statements on the thing, `incoming` those with the thing as object; `lookup`
    looks up the statements on several things.
    """
    beside: dict[str, tuple[Triple, ...]] = {}
    read: dict[NamedNode, tuple[Triple, ...]] = {}
    waiting = [*_outward(triples), *_inward(incoming)]
    while waiting and len(beside) < MOST:
        thing = waiting.pop(0)
        if thing.value in beside:
            continue
        if thing not in read:
            read |= lookup(tuple(dict.fromkeys((thing, *waiting[:MOST]))))
        own = read[thing][:MOST]
        if own:
            beside[thing.value] = own
            waiting += _parts(own, thing.value)
            waiting += _replies(store, own, thing)
    return beside


def briefs(incoming: Iterable[Triple], store: ReadableGraph) -> Iterator[Triple]:
    """Yield one fact on each policy that links to a thing.

    It is the goals for policies that link to a city, and the lead city for others.
    """
    links = (
        (triple.subject, _GOAL if triple.predicate in _OF_CITIES else _CITY)
        for triple in incoming
        if triple.predicate in _OF_POLICIES
    )
    pairs = tuple(islice(dict.fromkeys(links), _MOST_LINKS))
    by_subject = defaultdict[tuple[object, NamedNode], list[Triple]](list)
    for name in (_GOAL, _CITY):
        policies = [policy for policy, of in pairs if of == name and isinstance(policy, NamedNode)]
        for quad in statements(store, policies, (name,)):
            by_subject[quad.subject, name].append(quad.triple)
    for policy, name in pairs:
        yield from dict.fromkeys(by_subject[policy, name][:MOST])


def _outward(triples: Iterable[Triple]) -> Iterator[NamedNode]:
    for triple in triples:
        if triple.predicate in _OUTWARD and isinstance(triple.object, NamedNode):
            yield triple.object


def _inward(incoming: Iterable[Triple]) -> Iterator[NamedNode]:
    for triple in incoming:
        if triple.predicate in _INWARD and isinstance(triple.subject, NamedNode):
            yield triple.subject


def _parts(triples: Iterable[Triple], iri: str) -> Iterator[NamedNode]:
    for triple in triples:
        if isinstance(triple.object, NamedNode) and triple.object.value.startswith(f"{iri}/"):
            yield triple.object


def _replies(
    store: ReadableGraph, triples: Iterable[Triple], thing: NamedNode
) -> Iterator[NamedNode]:
    if any(triple.predicate == _REPLY for triple in triples):
        quads = store.quads_for_pattern(None, _REPLY, thing)
        yield from _inward(quad.triple for quad in islice(quads, MOST))
