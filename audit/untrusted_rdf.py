"""RDF of a site that may be hostile, read without trusting it."""

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
    """It is not the RDF that it says it is."""


def read(body: bytes, media_type: str, base: str) -> ox.Store:
    """Return what RDF says; raises `Unreadable`.

    XML that declares entities is refused: it can make a parser end its process.
    """
    form = FORMATS.get(media_type)
    if form is None:
        raise Unreadable(f"{media_type or 'no media type'} is no RDF")
    if form is ox.RdfFormat.RDF_XML and _DECLARES in body:
        raise Unreadable("its XML declares entities")
    found = ox.Store()
    try:
        found.extend(ox.parse(body, format=form, base_iri=base))
    except (SyntaxError, ValueError) as error:
        raise Unreadable(f"it is no {media_type}: {error}") from None
    return found


def triples(found: ox.Store) -> frozenset[str]:
    """Return the triples that have no blank nodes, which compare by their text."""
    return frozenset(
        str(quad.triple)
        for quad in found
        if not isinstance(quad.subject, ox.BlankNode) and not isinstance(quad.object, ox.BlankNode)
    )


def objects(found: ox.Store, subject: str | None, *paths: str) -> list[str]:
    """Return the values of properties, of a subject or of any."""
    node = None if subject is None else ox.NamedNode(subject)
    return [
        quad.object.value
        for path in paths
        for quad in found.quads_for_pattern(node, ox.NamedNode(path), None)
        if isinstance(quad.object, ox.NamedNode | ox.Literal | ox.BlankNode)
    ]


def subjects(found: ox.Store, path: str, value: str) -> list[str]:
    """Return the IRIs that have a property with an IRI as its value, in their order."""
    quads = found.quads_for_pattern(None, ox.NamedNode(path), ox.NamedNode(value))
    return sorted(quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode))
