"""Parses RDF from a site that may be malicious."""

from typing import Final

import pyoxigraph as ox

from urbansdg.ontology.media_types import JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TRIG, TURTLE

FORMATS: Final = {
    TURTLE: ox.RdfFormat.TURTLE,
    N_TRIPLES: ox.RdfFormat.N_TRIPLES,
    JSON_LD: ox.RdfFormat.JSON_LD,
    RDF_XML: ox.RdfFormat.RDF_XML,
    TRIG: ox.RdfFormat.TRIG,
    N_QUADS: ox.RdfFormat.N_QUADS,
}
_DECLARES: Final = b"<!ENTITY"


class Unreadable(Exception):
    """The content is not valid RDF of its media type."""


def read(body: bytes, media_type: str, base: str) -> ox.Store:
    """Return the triples of a document; raises `Unreadable`.

    XML that declares entities is refused, because it can crash the parser's process.
    """
    form = FORMATS.get(media_type)
    if form is None:
        raise Unreadable(f"{media_type or 'no media type'} is not an RDF media type")
    if form is ox.RdfFormat.RDF_XML and _DECLARES in body:
        raise Unreadable("its XML declares entities")
    graph = ox.Store()
    try:
        graph.extend(ox.parse(body, format=form, base_iri=base))
    except (SyntaxError, ValueError) as error:
        raise Unreadable(f"it is not valid {media_type}: {error}") from None
    return graph


def triples(graph: ox.Store) -> frozenset[str]:
    """Return the triples without blank nodes, as text that can be compared."""
    return frozenset(
        str(quad.triple)
        for quad in graph
        if not isinstance(quad.subject, ox.BlankNode) and not isinstance(quad.object, ox.BlankNode)
    )


def objects(graph: ox.Store, subject: str | None, *paths: str) -> list[str]:
    """Return the values of properties, of one subject or of all."""
    node = None if subject is None else ox.NamedNode(subject)
    return [
        quad.object.value
        for path in paths
        for quad in graph.quads_for_pattern(node, ox.NamedNode(path), None)
        if isinstance(quad.object, ox.NamedNode | ox.Literal | ox.BlankNode)
    ]


def subjects(graph: ox.Store, path: str, value: str) -> list[str]:
    """Return the sorted IRIs that have a property with an IRI as its value."""
    quads = graph.quads_for_pattern(None, ox.NamedNode(path), ox.NamedNode(value))
    return sorted(quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode))
