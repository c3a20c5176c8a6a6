"""Which statements leave the graph with a person, an opinion, or any other thing that is forgotten.

With a thing go the statements on it and on the parts that nobody else points to, such as an address
or a body; the statements that lead to these; and its mailboxes wherever something else than an
office names them. Who is a person is decided by `urbansdg.ontology.personal_data`.

What one named graph states never decides over the statements of another one. Each graph says for
itself who is a person in it; a thing that the operator names leaves all graphs.
"""

from collections.abc import Collection
from typing import Final

import pyoxigraph as ox

from urbansdg.ontology.namespaces import PREFIXES, USDG
from urbansdg.ontology.personal_data import (
    PersonNode,
    PersonSign,
    PersonTerms,
    View,
    findings,
    has_class_of_offices,
    is_unclaimed,
    views_of,
    with_addresses,
)
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset


def _terms(prefix: str, *names: str) -> tuple[ox.NamedNode, ...]:
    return tuple(ox.NamedNode(PREFIXES[prefix] + name) for name in names)


_TO_PARTS: Final = frozenset(
    (
        ox.NamedNode(USDG.consent),
        *_terms("vcard", "hasEmail", "hasTelephone", "hasAddress", "hasPhoto"),
        *_terms("foaf", "mbox", "phone", "account"),
        *_terms("oa", "hasBody"),
        *_terms("schema", "address", "contactPoint"),
    )
)
_ADDRESSES: Final = ("mailto:", "tel:")
_ONLY_REPORTED: Final = frozenset({PersonSign.CARD, PersonSign.NAME})
"""Signs that may be wrong: nothing is removed for them, and the gate reports them."""


def all_of(view: View, group: frozenset[PersonNode]) -> set[ox.Quad]:
    """Return all that a view states of things: on them, what leads there, and their mailboxes.

    Each graph says for itself what the parts and the mailboxes of a thing are. Only a part whose
    IRI begins with that of the thing is its own in all graphs.
    """
    if not group:
        return set()
    if view.graph is None:
        views = views_of(view.state)
        below = {
            part
            for view in views
            for thing in group
            for part in _parts(view, thing, group)
            if _is_below(part, thing)
        }
        return set().union(*(all_of(view, group | below) for view in views))
    nodes = {node for thing in group for node in _parts(view, thing, group)}
    quads = {quad for node in nodes for quad in view.match(node)}
    for node in nodes:
        quads.update(view.match(None, None, node))
    addresses = {
        quad.object
        for quad in quads
        if isinstance(quad.object, ox.NamedNode) and quad.object.value.startswith(_ADDRESSES)
    }
    terms = PersonTerms.of(View(view.state)) if addresses else None
    for address in addresses:
        quads.update(
            quad
            for quad in view.match(None, None, address)
            if terms is None or not _is_of_office(view, terms, quad.subject)
        )
    return quads


def recognised(
    state: RdfDataset, suspects: Collection[PersonNode] | None = None
) -> tuple[set[ox.Quad], frozenset[PersonNode]]:
    """Return the statements on the persons of a state, and the persons who leave all graphs.

    `suspects` are the things to which a property of any name may give an address; where they are
    None, every statement is read.

    Each graph loses what it states of the things that it describes as persons. The other graphs
    lose what they state of them too, unless a graph says that the thing is something else: a graph
    could otherwise take a city out of all graphs by calling it a person.
    """
    doomed = set[ox.Quad]()
    persons = set[PersonNode]()
    suspects = with_addresses(View(state)) if suspects is None else suspects
    for view in views_of(state):
        terms = PersonTerms.of(view)
        persons_of_view = [
            finding
            for finding in findings(view, terms, suspects=suspects).values()
            if finding.sign not in _ONLY_REPORTED
        ]
        whole = frozenset(finding.node for finding in persons_of_view if finding.whole)
        doomed |= all_of(view, whole)
        doomed |= {
            quad for finding in persons_of_view if not finding.whole for quad in finding.quads
        }
        persons |= {node for node in whole if is_unclaimed(state, terms, node)}
    everywhere = frozenset(persons)
    return doomed | all_of(View(state), everywhere), everywhere


def _parts(
    view: View, thing: PersonNode, among: frozenset[PersonNode] = frozenset()
) -> set[PersonNode]:
    """Return a thing with what is only its own, or that of the group it belongs to."""
    parts, looked_at = {thing}, [thing]
    while looked_at:
        for link in view.match(looked_at.pop()):
            part = link.object
            if not isinstance(part, PersonNode) or part in parts or not _is_part(link, thing):
                continue
            if _is_theirs(view, part, parts | among):
                parts.add(part)
                looked_at.append(part)
    return parts


def _is_part(link: ox.Quad, thing: PersonNode) -> bool:
    """Tell whether a statement leads to a part, and not to another thing such as the employer."""
    part = link.object
    named = isinstance(part, PersonNode) and _is_below(part, thing)
    return named or isinstance(part, ox.BlankNode) or link.predicate in _TO_PARTS


def _is_below(part: PersonNode, thing: PersonNode) -> bool:
    """Tell whether the IRI of a part begins with that of a thing."""
    under = (f"{thing.value}/", f"{thing.value}#")
    return isinstance(part, ox.NamedNode) and part.value.startswith(under)


def _is_theirs(view: View, part: PersonNode, owners: set[PersonNode]) -> bool:
    """Tell whether nobody else points to a part."""
    return all(quad.subject in owners for quad in view.match(None, None, part))


def _is_of_office(view: View, terms: PersonTerms, node: object) -> bool:
    return isinstance(node, PersonNode) and has_class_of_offices(view, terms, node)
