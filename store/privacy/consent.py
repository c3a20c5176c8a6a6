"""Whose contact data a graph holds, and what their consent covers.

A person is who is typed as one, or has a mailbox and no type at all. The data of a person are the
statements on them and on the parts that nobody else points to, such as an address or the consent;
the statements that lead to these go with them, and the same mailbox wherever something else than
an office names it.

What one named graph states never decides over the statements of another one: whoever may write to
one graph could otherwise remove any thing from all graphs by calling it a person whose consent has
ended. So each question is asked of a `View`: one graph, or, where the operator names the person,
all of them.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import pyoxigraph as ox

from urbansdg.ontology.namespaces import PREFIXES, SCHEMA_HTTPS, USDG

PersonNode = ox.NamedNode | ox.BlankNode


def _terms(prefix: str, *names: str) -> tuple[ox.NamedNode, ...]:
    return tuple(ox.NamedNode(PREFIXES[prefix] + name) for name in names)


_TYPE: Final = _terms("rdf", "type")[0]
_PERSONS: Final = (
    *_terms("vcard", "Individual"),
    *_terms("schema", "Person"),
    *_terms("prov", "Person"),
    ox.NamedNode(SCHEMA_HTTPS.Person),
)
_KNOWN_BY_NAME: Final = _terms("foaf", "Person")[0]
"""Properties that need no consent: an author, for example, has only these."""

KINDS: Final = (*_PERSONS, _KNOWN_BY_NAME)
"""The classes of persons; data of anything else need no consent."""

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
_CONSENT_GIVEN: Final = ox.NamedNode(str(USDG.consentGiven))
_UNTIL: Final = ox.NamedNode(str(USDG.consentUntil))
_DAY: Final = len("2026-11-24")
_MOST_SUBJECTS: Final = 500
"""More things than these are not looked at one by one."""


def today() -> date:
    """Return the day for which consents are checked: today in UTC."""
    return datetime.now(UTC).date()


Graph = ox.NamedNode | ox.DefaultGraph


@dataclass(frozen=True, slots=True)
class View:
    """The statements of one graph of a state, or of all graphs where `graph` is None."""

    state: ox.Store
    graph: Graph | None = None

    def match(
        self,
        subject: PersonNode | None = None,
        predicate: ox.NamedNode | None = None,
        value: ox.NamedNode | ox.BlankNode | ox.Literal | None = None,
    ) -> Iterator[ox.Quad]:
        """Return the statements that match a pattern; None matches every term."""
        return self.state.quads_for_pattern(subject, predicate, value, self.graph)


def views_of(state: ox.Store) -> tuple[View, ...]:
    """Return a view of each graph."""
    named = (name for name in state.named_graphs() if isinstance(name, ox.NamedNode))
    return (View(state, ox.DefaultGraph()), *(View(state, name) for name in named))


def graph_of(quad: ox.Quad) -> Graph:
    """Return the graph of a statement; raises TypeError for a blank node, which names none."""
    if isinstance(quad.graph_name, ox.NamedNode | ox.DefaultGraph):
        return quad.graph_name
    raise TypeError(f"{quad.graph_name} does not name a graph")


def persons(view: View, among: frozenset[str] | None = None) -> set[PersonNode]:
    """Return the persons that a view describes.

    With `among`, the IRIs of things, only those who are among them, or have one of them as a part:
    then the work does not grow with the graph. Of many things it would take longer than to look at
    every person.
    """
    if among is None:
        return set().union(*_described(view).values())
    if len(among) > _MOST_SUBJECTS:
        return {person for person in persons(view) if _is_among(view, person, among)}
    return {holder for holder in _holders(view, among) if _is_person(view, holder)}


def _is_among(view: View, person: PersonNode, among: frozenset[str]) -> bool:
    parts = (quad.object for quad in view.match(person) if quad.predicate in _TO_PARTS)
    return any(isinstance(node, ox.NamedNode) and node.value in among for node in (person, *parts))


def _described(view: View) -> dict[Graph, set[PersonNode]]:
    """Return the persons of a view by the graph that describes them as persons."""
    described: defaultdict[Graph, set[PersonNode]] = defaultdict(set)
    for quad in itertools.chain(_typed(view), _untyped(view)):
        if isinstance(quad.subject, PersonNode):
            described[graph_of(quad)].add(quad.subject)
    return described


def _typed(view: View) -> Iterator[ox.Quad]:
    """Return the statements that give a person their class."""
    for kind in _PERSONS:
        yield from view.match(None, _TYPE, kind)
    for quad in view.match(None, _TYPE, _KNOWN_BY_NAME):
        there = View(view.state, graph_of(quad))
        subject = quad.subject
        if isinstance(subject, PersonNode) and any(
            s.predicate in _TELLING for s in there.match(subject)
        ):
            yield quad


def _untyped(view: View) -> Iterator[ox.Quad]:
    """Return the statements that give a mailbox to something without a type."""
    for path in _MAILBOXES:
        for quad in view.match(None, path):
            if isinstance(quad.subject, PersonNode) and not _has_type(view.state, quad.subject):
                yield quad


def _holders(view: View, among: frozenset[str]) -> Iterator[PersonNode]:
    """Return things, and what has them as its parts."""
    for node in map(ox.NamedNode, among):
        yield node
        for path in _TO_PARTS:
            for quad in view.match(None, path, node):
                if isinstance(quad.subject, PersonNode):
                    yield quad.subject


def _is_person(view: View, node: PersonNode) -> bool:
    statements = list(view.match(node))
    kinds = {quad.object for quad in statements if quad.predicate == _TYPE}
    paths = {quad.predicate for quad in statements}
    if not kinds and not _has_type(view.state, node):
        return not paths.isdisjoint(_MAILBOXES)
    known = _KNOWN_BY_NAME in kinds and not paths.isdisjoint(_TELLING)
    return known or not kinds.isdisjoint(_PERSONS)


def _has_type(state: ox.Store, node: PersonNode) -> bool:
    """Whether any graph gives a type: an office may be typed elsewhere than its mailbox stands."""
    return next(state.quads_for_pattern(node, _TYPE, None), None) is not None


@dataclass(frozen=True, slots=True)
class Consents:
    """The days on which the consents of a person begin and end, None for what cannot be read."""

    days: tuple[tuple[date | None, date | None], ...]

    @classmethod
    def of(cls, view: View, person: PersonNode) -> "Consents":
        """Return those that a view records of a person."""
        nodes = {quad.object for quad in view.match(person, _CONSENT)}
        return cls(
            tuple(
                (_first(view, node, _CONSENT_GIVEN), _first(view, node, _UNTIL))
                for node in nodes
                if isinstance(node, PersonNode)
            )
        )

    def cover(self, day: date) -> bool:
        """Tell whether one of them covers a day; its first and its last day belong to it."""
        return any(start and until and start <= day <= until for start, until in self.days)

    def are_of_other_days(self, day: date) -> bool:
        """Tell whether there are some whose days are known, and a day is none of these."""
        known = [pair for pair in self.days if all(pair)]
        return bool(known) and not self.cover(day)


def _first(view: View, node: PersonNode, path: ox.NamedNode) -> date | None:
    """Return the earliest day that a consent states, so that a doubt hides and does not show."""
    quads = view.match(node, path)
    days = [_day(quad.object.value) for quad in quads if isinstance(quad.object, ox.Literal)]
    return min((day for day in days if day), default=None)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:_DAY])
    except ValueError:
        return None


def is_covered(state: ox.Store, person: PersonNode, day: date) -> bool:
    """Tell whether some graph records a consent of a person that covers a day.

    Each graph is asked by itself, so that no graph can shorten the consent that another records.
    """
    recorded = state.quads_for_pattern(person, _CONSENT, None)
    views = (View(state, graph) for graph in {graph_of(quad) for quad in recorded})
    return any(Consents.of(view, person).cover(day) for view in views)


def statements(
    view: View, person: PersonNode, among: frozenset[PersonNode] = frozenset()
) -> frozenset[ox.Quad]:
    """Return the statements on a person and their parts, those that they share with others too."""
    return frozenset(quad for node in _parts(view, person, among) for quad in view.match(node))


def _parts(
    view: View, person: PersonNode, among: frozenset[PersonNode] = frozenset()
) -> set[PersonNode]:
    """Return a person with what is only theirs, or of those among whom they are."""
    parts, looked_at = {person}, [person]
    while looked_at:
        for link in view.match(looked_at.pop()):
            part = link.object
            if not isinstance(part, PersonNode) or part in parts or not _is_part(link, person):
                continue
            if _is_theirs(view, part, parts | among):
                parts.add(part)
                looked_at.append(part)
    return parts


def _is_part(link: ox.Quad, person: PersonNode) -> bool:
    """Tell whether a statement leads to a part, and not to another thing such as the employer."""
    part = link.object
    named = isinstance(part, PersonNode) and _is_below(part, person)
    return named or isinstance(part, ox.BlankNode) or link.predicate in _TO_PARTS


def _is_below(part: PersonNode, person: PersonNode) -> bool:
    """Tell whether the IRI of a part begins with that of a person."""
    under = (f"{person.value}/", f"{person.value}#")
    return isinstance(part, ox.NamedNode) and part.value.startswith(under)


def _is_theirs(view: View, part: PersonNode, owners: set[PersonNode]) -> bool:
    """Tell whether nobody else points to a part."""
    return all(quad.subject in owners for quad in view.match(None, None, part))


def all_of(view: View, group: frozenset[PersonNode]) -> set[ox.Quad]:
    """Return all that a view states of persons: on them, what leads there, and their mailboxes.

    Each graph says for itself what the parts and the mailboxes of a person are. Only a part whose
    IRI begins with that of the person is theirs in all graphs.
    """
    if view.graph is None:
        views = views_of(view.state)
        below = {
            part
            for view in views
            for person in group
            for part in _parts(view, person, group)
            if _is_below(part, person)
        }
        return set().union(*(all_of(view, group | below) for view in views))
    nodes = {node for person in group for node in _parts(view, person, group)}
    quads = {quad for node in nodes for quad in view.match(node)}
    for node in nodes:
        quads.update(view.match(None, None, node))
    for address in {quad.object for quad in quads}:
        if isinstance(address, ox.NamedNode) and address.value.startswith(_ADDRESSES):
            others = view.match(None, None, address)
            quads.update(quad for quad in others if not _is_office(view.state, quad.subject))
    return quads


def _is_office(state: ox.Store, node: object) -> bool:
    if not isinstance(node, PersonNode):
        return False
    kinds = (state.quads_for_pattern(node, _TYPE, kind) for kind in _OFFICES)
    return any(next(quads, None) is not None for quads in kinds)


def ended(
    state: ox.Store, day: date, graphs: Iterable[Graph], among: frozenset[str] | None = None
) -> dict[Graph, frozenset[PersonNode]]:
    """Return, for each of some graphs, those whose consents there are of other days.

    Without any consent the shapes refuse them. With `among`, only persons among those things.
    """
    return {
        graph: frozenset(
            person
            for person in persons(View(state, graph), among)
            if Consents.of(View(state, graph), person).are_of_other_days(day)
        )
        for graph in graphs
    }


def uncovered(state: ox.Store, day: date) -> dict[Graph, frozenset[PersonNode]]:
    """Return, for each graph, those whom no consent covers, for whatever reason.

    The consents that the graph itself records decide; where it has none, those of other graphs do.
    """
    covered = _covered(state, day)
    return {
        graph: frozenset(
            person
            for person in persons_of_graph
            if (graph, person) not in covered
            and not _is_covered_in(View(state, graph), person, day)
        )
        for graph, persons_of_graph in _described(View(state)).items()
    }


def _is_covered_in(view: View, person: PersonNode, day: date) -> bool:
    consents = Consents.of(view, person)
    return consents.cover(day) if consents.days else is_covered(view.state, person, day)


def _covered(state: ox.Store, day: date) -> set[tuple[ox.NamedNode, PersonNode]]:
    """Return the graphs and persons where a consent in the graph covers the day beyond doubt.

    The engine finds these much faster than they are looked at one by one.
    """
    query = f"""SELECT DISTINCT ?graph ?person {{ GRAPH ?graph {{
        ?person {_CONSENT} ?consent . ?consent {_CONSENT_GIVEN} ?given ; {_UNTIL} ?until
        FILTER(REGEX(STR(?given), "^[0-9]{{4}}-") && SUBSTR(STR(?given), 1, 10) <= "{day}")
        FILTER(REGEX(STR(?until), "^[0-9]{{4}}-") && SUBSTR(STR(?until), 1, 10) >= "{day}")
        FILTER NOT EXISTS {{ ?consent {_UNTIL} ?other FILTER(STR(?other) != STR(?until)) }}
    }} }}"""
    rows = state.query(query)
    if not isinstance(rows, ox.QuerySolutions):
        raise TypeError("persons are found by a SELECT query")
    return {(row["graph"], row["person"]) for row in rows}


@dataclass(frozen=True, slots=True)
class ConsentedData:
    """What a view of the current state states of the persons that their consent covers."""

    triples: Mapping[PersonNode, frozenset[ox.Triple]]

    @classmethod
    def of(
        cls, view: View, day: date, persons_asked: Iterable[PersonNode] | None = None
    ) -> "ConsentedData":
        """Take it from a view of the current state, of all persons or of some."""
        candidates = persons(view) if persons_asked is None else persons_asked
        covered = (person for person in candidates if _is_covered_in(view, person, day))
        return cls({person: _triples(statements(view, person)) for person in covered})

    def others(
        self, view: View, persons_asked: Iterable[PersonNode] | None = None
    ) -> frozenset[PersonNode]:
        """Return who is not kept, or is described otherwise, in the same view of another state."""
        candidates = persons(view) if persons_asked is None else persons_asked
        return frozenset(person for person in candidates if not self._has(view, person))

    def _has(self, view: View, person: PersonNode) -> bool:
        return _triples(statements(view, person)) <= self.triples.get(person, frozenset())


def _triples(quads: frozenset[ox.Quad]) -> frozenset[ox.Triple]:
    return frozenset(quad.triple for quad in quads)
