"""The members of the event stream: each changed thing with its new state.

A member is an activity (`as:Create`, `as:Update`, `as:Delete`) whose object is the thing. The graph
named by the member has the statements on the thing after the change. Sources:
Linked Data Event Streams 1.0 (SEMIC), the TREE hypermedia specification (W3C community group).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox

from urbansdg.ontology.namespaces import ACTIVITY_STREAMS, LDES, PREFIXES, TREE
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset

NAMESPACES: Final = {
    "as": str(ACTIVITY_STREAMS),
    "ldes": str(LDES),
    "tree": str(TREE),
    **PREFIXES,
}
_SAFE: Final = "/-._~!$&'()*+,;=:@"


@dataclass(frozen=True, slots=True)
class Event:
    """A change of a thing: its IRI, its kind (Create, Update, Delete), and its time in UTC."""

    thing: str
    kind: str
    moment: datetime

    def member(self, page: str, base: str) -> str:
        """Return the IRI of the event as a member of the stream."""
        return f"{page}#{quote(self.thing.removeprefix(f'{base}/'), safe=_SAFE)}"


def term(name: str) -> ox.NamedNode:
    """Return the term of a prefixed name."""
    prefix, _, local = name.partition(":")
    return ox.NamedNode(NAMESPACES[prefix] + local)


def moment(when: datetime) -> ox.Literal:
    """Return a time as a literal, in milliseconds."""
    text = when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return ox.Literal(text, datatype=term("xsd:dateTime"))


def stream(base: str) -> ox.NamedNode:
    """Return the IRI of the stream."""
    return ox.NamedNode(f"{base}/events#stream")


def page_iri(base: str, number: int, page: int) -> str:
    """Return the address of a page; pages of a version count from 1."""
    return f"{base}/events/{number}/{page}"


def written(events: Iterable[Event], store: RdfDataset, base: str, page: str) -> bytes:
    """Return a page of the stream as N-Quads; `store` has the state after the events."""
    quads = (quad for event in events for quad in _member(event, store, base, page))
    return ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""


def _member(event: Event, store: RdfDataset, base: str, page: str) -> Iterator[ox.Quad]:
    member = ox.NamedNode(event.member(page, base))
    thing = ox.NamedNode(event.thing)
    yield ox.Quad(stream(base), term("tree:member"), member)
    yield ox.Quad(member, term("rdf:type"), term(f"as:{event.kind}"))
    yield ox.Quad(member, term("as:object"), thing)
    yield ox.Quad(member, term("as:published"), moment(event.moment))
    triples = {quad.triple for quad in store.quads_for_pattern(thing, None, None)}
    for triple in sorted(triples, key=str):
        yield ox.Quad(triple.subject, triple.predicate, triple.object, member)
