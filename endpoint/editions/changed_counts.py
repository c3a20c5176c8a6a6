"""The counts of a version, derived from those of another version and from what differs.

Only the subjects that differ are read, in both states. Whether an object, a class or a link is
used anywhere else is one look-up in an index of the store, so that the cost is that of the change.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox

from urbansdg.endpoint.editions.void_counts import (
    TYPE,
    CountScope,
    CountTally,
    LinksetKey,
    Statistics,
    link_of,
)
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset

_TYPE: Final = ox.NamedNode(TYPE)
_Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


@dataclass(slots=True)
class _Used:
    """What some subjects use: objects, objects of properties, classes, ends of links."""

    objects: set[_Term] = field(default_factory=set)
    of_properties: set[tuple[ox.NamedNode, _Term]] = field(default_factory=set)
    classes: set[_Term] = field(default_factory=set)
    of_links: set[tuple[LinksetKey, ox.NamedNode]] = field(default_factory=set)


def recount(
    known: Statistics,
    before: RdfDataset,
    after: RdfDataset,
    subjects: Collection[str],
    scope: CountScope,
) -> Statistics:
    """Return the counts of the state after, from those known of the state before.

    `subjects` are the IRIs of all that may differ; no blank node is a subject of what differs. The
    result equals that of `void_counts.count`.
    """
    tally = _known(known)
    old = _add(tally, before, subjects, scope, -1)
    new = _add(tally, after, subjects, scope, 1)
    differing = _Used(
        old.objects ^ new.objects,
        old.of_properties ^ new.of_properties,
        old.classes ^ new.classes,
        old.of_links ^ new.of_links,
    )
    _add_used(tally, before, differing, scope, -1)
    _add_used(tally, after, differing, scope, 1)
    return tally.statistics(_examples(known, before, after, subjects, scope.kinds))


def _known(known: Statistics) -> CountTally:
    """Return counts as they can be added to."""
    properties = known.property_partition
    links = {(link.source, link.target, link.links.iri): link.links for link in known.linksets}
    return CountTally(
        known.triples,
        known.subjects,
        known.entities,
        known.objects,
        known.classes,
        Counter({part.iri: part.entities for part in known.class_partition}),
        Counter({part.iri: part.triples for part in properties}),
        Counter({part.iri: part.subjects for part in properties}),
        Counter({part.iri: part.objects for part in properties}),
        Counter({link: part.triples for link, part in links.items()}),
        Counter({link: part.subjects for link, part in links.items()}),
        Counter({link: part.objects for link, part in links.items()}),
    )


def _add(
    tally: CountTally, state: RdfDataset, subjects: Collection[str], scope: CountScope, sign: int
) -> _Used:
    """Add what a state says of some subjects, `sign` times; return what they use."""
    used = _Used()
    for subject in subjects:
        triples = _triples(state, ox.NamedNode(subject))
        tally.triples += sign * len(triples)
        tally.subjects += sign * bool(triples)
        tally.entities += sign * (bool(triples) and subject.startswith(scope.space))
        for iri in {predicate.value for predicate, _ in triples}:
            tally.property_subjects[iri] += sign
        used.objects.update(term for _, term in triples)
        used.of_properties |= triples
        for predicate, term in triples:
            tally.property_triples[predicate.value] += sign
            if predicate == _TYPE:
                used.classes.add(term)
                if isinstance(term, ox.NamedNode):
                    tally.class_entities[term.value] += sign
        links = set(_links(triples, scope.source_of(subject)))
        used.of_links |= links
        for link, _ in links:
            tally.link_triples[link] += sign
        for link in {link for link, _ in links}:
            tally.link_subjects[link] += sign
    return used


def _links(
    triples: Iterable[tuple[ox.NamedNode, _Term]], source: str
) -> Iterator[tuple[LinksetKey, ox.NamedNode]]:
    """Yield the links among the triples of a thing in a space."""
    for predicate, term in triples:
        if isinstance(term, ox.NamedNode) and predicate != _TYPE:
            link = link_of(source, predicate.value, term.value)
            if link is not None:
                yield link, term


def _triples(state: RdfDataset, subject: ox.NamedNode) -> set[tuple[ox.NamedNode, _Term]]:
    """Return the properties of a subject with their values, each once, whichever graph has them."""
    return {(quad.predicate, quad.object) for quad in state.quads_for_pattern(subject, None, None)}


def _add_used(
    tally: CountTally, state: RdfDataset, differing: _Used, scope: CountScope, sign: int
) -> None:
    """Add what a state has anywhere of what some subjects began or ceased to use."""
    for term in differing.objects:
        tally.objects += sign * _has(state, None, term)
    for predicate, term in differing.of_properties:
        tally.property_objects[predicate.value] += sign * _has(state, predicate, term)
    for term in differing.classes:
        tally.classes += sign * _has(state, _TYPE, term)
    for link, term in differing.of_links:
        quads = state.quads_for_pattern(None, ox.NamedNode(link[2]), term)
        subjects = (quad.subject for quad in quads)
        tally.link_objects[link] += sign * any(
            isinstance(subject, ox.NamedNode) and scope.source_of(subject.value) == link[0]
            for subject in subjects
        )


def _has(state: RdfDataset, predicate: ox.NamedNode | None, term: _Term) -> bool:
    return next(state.quads_for_pattern(None, predicate, term), None) is not None


def _examples(
    known: Statistics,
    before: RdfDataset,
    after: RdfDataset,
    subjects: Collection[str],
    kinds: Sequence[str],
) -> Iterator[str]:
    """Yield the first thing of each kind; its class is read as a whole where that one is gone."""
    for kind in map(ox.NamedNode, kinds):
        had = next((iri for iri in known.examples if _is_a(before, iri, kind)), None)
        if had is not None and not _is_a(after, had, kind):
            quads = after.quads_for_pattern(None, _TYPE, kind)
            named = (quad.subject for quad in quads)
            things = (thing.value for thing in named if isinstance(thing, ox.NamedNode))
        else:
            things = (iri for iri in (*subjects, had or "") if iri and _is_a(after, iri, kind))
        first = min(things, default=None)
        if first is not None:
            yield first


def _is_a(state: RdfDataset, iri: str, kind: ox.NamedNode) -> bool:
    quads = state.quads_for_pattern(ox.NamedNode(iri), _TYPE, kind)
    return next(quads, None) is not None
