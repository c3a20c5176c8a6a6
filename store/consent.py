"""Whose contact data a graph holds, and what their consent covers.

A person is who is typed as one, or has a mailbox and no type at all. The data of a person are the
statements on them and on the parts that nobody else points to, such as an address or the consent;
the statements that lead to these go with them, and the same mailbox wherever something else than
an office names it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import pyoxigraph as ox

from urbansdg.ontology.names import PREFIXES, USDG

Node = ox.NamedNode | ox.BlankNode


def _terms(prefix: str, *names: str) -> tuple[ox.NamedNode, ...]:
    return tuple(ox.NamedNode(PREFIXES[prefix] + name) for name in names)


_TYPE: Final = _terms("rdf", "type")[0]
_PERSONS: Final = (
    *_terms("vcard", "Individual"),
    *_terms("schema", "Person"),
    *_terms("prov", "Person"),
    ox.NamedNode("https://schema.org/Person"),
)
_KNOWN_BY_NAME: Final = _terms("foaf", "Person")[0]
"""A person of whom nothing else is told, such as an author, needs no consent."""

KINDS: Final = (*_PERSONS, _KNOWN_BY_NAME)
"""Of whom is none of these, nothing has to be forgotten."""

_OFFICES: Final = (*_terms("vcard", "Organization", "Group"), *_terms("org", "Organization"))
_TELLING: Final = frozenset(
    (
        *_terms("foaf", "name", "nick", "mbox", "mbox_sha1sum", "phone", "homepage"),
        *_terms("foaf", "account", "img"),
        *_terms("vcard", "fn", "hasEmail", "hasTelephone", "hasAddress", "hasPhoto"),
    )
)
_MAILBOXES: Final = (
    *_terms("vcard", "hasEmail"),
    *_terms("foaf", "mbox"),
    *_terms("schema", "email"),
)
_TO_PARTS: Final = frozenset(
    (
        ox.NamedNode(str(USDG.consent)),
        *_terms("vcard", "hasEmail", "hasTelephone", "hasAddress", "hasPhoto"),
        *_terms("foaf", "mbox", "phone", "account"),
        *_terms("schema", "address", "contactPoint"),
    )
)
_ADDRESSES: Final = ("mailto:", "tel:")
_CONSENT: Final = ox.NamedNode(str(USDG.consent))
_GIVEN: Final = ox.NamedNode(str(USDG.consentGiven))
_UNTIL: Final = ox.NamedNode(str(USDG.consentUntil))
_DAY: Final = len("2026-11-24")
_MANY: Final = 500
"""More things than these are not looked at one by one."""


def today() -> date:
    """Return the day that consents are held to, in UTC."""
    return datetime.now(UTC).date()


def persons(state: ox.Store, among: frozenset[str] | None = None) -> set[Node]:
    """Return the persons of whom something is told.

    With `among`, the IRIs of things, only those who are among them, or have one of them as a part:
    then the work does not grow with the graph. Of many things it would take longer than to look at
    every person.
    """
    if among is None:
        return _found(state)
    if len(among) > _MANY:
        return {each for each in _found(state) if _is_among(state, each, among)}
    return {each for each in _holders(state, among) if _is_person(state, each)}


def _is_among(state: ox.Store, person: Node, among: frozenset[str]) -> bool:
    parts = (quad.object for quad in on(state, person) if quad.predicate in _TO_PARTS)
    return any(isinstance(node, ox.NamedNode) and node.value in among for node in (person, *parts))


def _found(state: ox.Store) -> set[Node]:
    found = {each for kind in _PERSONS for each in _instances(state, kind)}
    named = _instances(state, _KNOWN_BY_NAME)
    found |= {each for each in named if any(q.predicate in _TELLING for q in on(state, each))}
    return found | {each for path in _MAILBOXES for each in _untyped(state, path)}


def _holders(state: ox.Store, among: frozenset[str]) -> Iterator[Node]:
    """Return things, and what has them as its parts."""
    for node in map(ox.NamedNode, among):
        yield node
        for path in _TO_PARTS:
            for quad in state.quads_for_pattern(None, path, node):
                if isinstance(quad.subject, Node):
                    yield quad.subject


def _is_person(state: ox.Store, node: Node) -> bool:
    told = list(on(state, node))
    kinds = {quad.object for quad in told if quad.predicate == _TYPE}
    paths = {quad.predicate for quad in told}
    if not kinds:
        return not paths.isdisjoint(_MAILBOXES)
    known = _KNOWN_BY_NAME in kinds and not paths.isdisjoint(_TELLING)
    return known or not kinds.isdisjoint(_PERSONS)


def _untyped(state: ox.Store, path: ox.NamedNode) -> Iterator[Node]:
    """Return the holders of a mailbox of which no type is told."""
    query = (
        f"SELECT DISTINCT ?holder {{ ?holder {path} ?box FILTER NOT EXISTS {{ ?holder a ?kind }} }}"
    )
    rows = state.query(query, use_default_graph_as_union=True)
    if isinstance(rows, ox.QuerySolutions):
        yield from (row["holder"] for row in rows)


def _instances(state: ox.Store, kind: ox.NamedNode) -> set[Node]:
    quads = state.quads_for_pattern(None, _TYPE, kind)
    return {quad.subject for quad in quads if isinstance(quad.subject, Node)}


def on(state: ox.Store, node: Node) -> Iterator[ox.Quad]:
    """Return the statements on a node, in every graph."""
    return state.quads_for_pattern(node, None, None)


@dataclass(frozen=True, slots=True)
class Consents:
    """The days on which the consents of a person begin and end, None for what cannot be read."""

    days: tuple[tuple[date | None, date | None], ...]

    @classmethod
    def of(cls, state: ox.Store, person: Node) -> "Consents":
        """Return those that are recorded of a person."""
        nodes = {quad.object for quad in state.quads_for_pattern(person, _CONSENT, None)}
        return cls(
            tuple(
                (_first(state, node, _GIVEN), _first(state, node, _UNTIL))
                for node in nodes
                if isinstance(node, Node)
            )
        )

    def cover(self, day: date) -> bool:
        """Tell whether one of them covers a day; its first and its last day belong to it."""
        return any(given and until and given <= day <= until for given, until in self.days)

    def are_of_other_days(self, day: date) -> bool:
        """Tell whether there are some whose days are known, and a day is none of these."""
        known = [pair for pair in self.days if all(pair)]
        return bool(known) and not self.cover(day)


def _first(state: ox.Store, node: Node, path: ox.NamedNode) -> date | None:
    """Return the earliest day that a consent tells, so that a doubt hides and does not show."""
    quads = state.quads_for_pattern(node, path, None)
    days = [_day(quad.object.value) for quad in quads if isinstance(quad.object, ox.Literal)]
    return min((day for day in days if day), default=None)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:_DAY])
    except ValueError:
        return None


def statements(
    state: ox.Store, person: Node, among: frozenset[Node] = frozenset()
) -> frozenset[ox.Quad]:
    """Return the statements on a person and their parts, those that they share with others too."""
    return frozenset(quad for node in _parts(state, person, among) for quad in on(state, node))


def _parts(state: ox.Store, person: Node, among: frozenset[Node] = frozenset()) -> set[Node]:
    """Return a person with what is only theirs, or of those among whom they are."""
    found, looked_at = {person}, [person]
    while looked_at:
        for link in on(state, looked_at.pop()):
            part = link.object
            if not isinstance(part, Node) or part in found or not _is_part(link, person):
                continue
            if _is_theirs(state, part, found | among):
                found.add(part)
                looked_at.append(part)
    return found


def _is_part(link: ox.Quad, person: Node) -> bool:
    """Tell whether a statement leads to a part, and not to another thing such as the employer."""
    part = link.object
    under = (f"{person.value}/", f"{person.value}#")
    named = isinstance(part, ox.NamedNode) and part.value.startswith(under)
    return named or isinstance(part, ox.BlankNode) or link.predicate in _TO_PARTS


def _is_theirs(state: ox.Store, part: Node, owners: set[Node]) -> bool:
    """Tell whether nobody else points to a part."""
    leading = state.quads_for_pattern(None, None, part)
    return all(quad.subject in owners for quad in leading)


def all_of(state: ox.Store, whom: frozenset[Node]) -> set[ox.Quad]:
    """Return all that goes with persons: what is told of them, what leads there, the mailboxes."""
    nodes = {node for person in whom for node in _parts(state, person, whom)}
    found = {quad for node in nodes for quad in on(state, node)}
    for node in nodes:
        found.update(state.quads_for_pattern(None, None, node))
    for address in {quad.object for quad in found if _is_address(quad.object)}:
        others = state.quads_for_pattern(None, None, address)
        found.update(quad for quad in others if not _is_office(state, quad.subject))
    return found


def _is_address(term: object) -> bool:
    return isinstance(term, ox.NamedNode) and term.value.startswith(_ADDRESSES)


def _is_office(state: ox.Store, node: object) -> bool:
    if not isinstance(node, Node):
        return False
    kinds = (state.quads_for_pattern(node, _TYPE, kind) for kind in _OFFICES)
    return any(next(quads, None) is not None for quads in kinds)


def ended(state: ox.Store, day: date, among: frozenset[str] | None = None) -> frozenset[Node]:
    """Return those whose consents are of other days; without any, the shapes refuse them."""
    found = _doubtful(state, day) if among is None else persons(state, among)
    return frozenset(each for each in found if Consents.of(state, each).are_of_other_days(day))


def uncovered(state: ox.Store, day: date) -> frozenset[Node]:
    """Return those whom no consent covers, for whatever reason."""
    found = _doubtful(state, day)
    return frozenset(each for each in found if not Consents.of(state, each).cover(day))


def _doubtful(state: ox.Store, day: date) -> set[Node]:
    """Return the persons but for those whom a consent covers beyond doubt.

    The engine finds these much faster than they are looked at one by one.
    """
    query = f"""SELECT DISTINCT ?person {{
        ?person {_CONSENT} ?consent . ?consent {_GIVEN} ?given ; {_UNTIL} ?until
        FILTER(REGEX(STR(?given), "^[0-9]{{4}}-") && SUBSTR(STR(?given), 1, 10) <= "{day}")
        FILTER(REGEX(STR(?until), "^[0-9]{{4}}-") && SUBSTR(STR(?until), 1, 10) >= "{day}")
        FILTER NOT EXISTS {{ ?consent {_UNTIL} ?other FILTER(STR(?other) != STR(?until)) }}
    }}"""
    rows = state.query(query, use_default_graph_as_union=True)
    if not isinstance(rows, ox.QuerySolutions):
        raise TypeError("persons are found by a SELECT query")
    covered = {row["person"] for row in rows}
    return {each for each in _found(state) if each not in covered}


@dataclass(frozen=True, slots=True)
class Kept:
    """What the current state tells of the persons that their consent covers."""

    told: dict[Node, frozenset[ox.Triple]]

    @classmethod
    def of(cls, state: ox.Store, day: date, whom: set[Node] | None = None) -> "Kept":
        """Take it from the current state, of all persons or of some."""
        found = persons(state) if whom is None else whom
        covered = (each for each in found if Consents.of(state, each).cover(day))
        return cls({person: _triples(statements(state, person)) for person in covered})

    def others(self, state: ox.Store, whom: set[Node] | None = None) -> frozenset[Node]:
        """Return the persons of another state who are not kept, or are not told of in that way."""
        found = persons(state) if whom is None else whom
        return frozenset(each for each in found if not self._has(state, each))

    def _has(self, state: ox.Store, person: Node) -> bool:
        return _triples(statements(state, person)) <= self.told.get(person, frozenset())


def _triples(quads: frozenset[ox.Quad]) -> frozenset[ox.Triple]:
    return frozenset(quad.triple for quad in quads)
