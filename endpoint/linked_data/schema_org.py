"""A description in schema.org, by the alignment in `ontology/alignments/schema-org.ttl`.

Aligned properties and classes are replaced by those of schema.org, and so are some terms of other
vocabularies; other statements are left out.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Final

from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from urbansdg.endpoint.linked_data.jsonld_writer import JsonLdWriter
from urbansdg.ontology.namespaces import PREFIXES

WRITER: Final = JsonLdWriter({"id": "@id", "type": "@type", "@vocab": PREFIXES["schema"]})
"""The writer of such a description in JSON-LD."""

_TYPE: Final = NamedNode(f"{PREFIXES['rdf']}type")
_ALIGNING: Final = tuple(
    NamedNode(PREFIXES[prefix] + name)
    for prefix, name in (
        ("rdfs", "subClassOf"),
        ("rdfs", "subPropertyOf"),
        ("owl", "equivalentClass"),
        ("owl", "equivalentProperty"),
    )
)
_OF_OTHERS: Final = {
    PREFIXES[prefix] + local: NamedNode(PREFIXES["schema"] + theirs)
    for prefix, local, theirs in (
        ("org", "Organization", "Organization"),
        ("org", "Membership", "OrganizationRole"),
        ("skos", "prefLabel", "name"),
        ("rdfs", "label", "name"),
        ("foaf", "name", "name"),
        ("dcterms", "title", "name"),
        ("skos", "altLabel", "alternateName"),
        ("dcterms", "abstract", "description"),
        ("dcterms", "description", "description"),
        ("dcterms", "source", "subjectOf"),
        ("foaf", "homepage", "url"),
        ("geo", "lat", "latitude"),
        ("geo", "long", "longitude"),
        ("org", "organization", "memberOf"),
    )
}
"""Terms of other vocabularies in our data, and what they become in schema.org.

They are translated here, not aligned: we state nothing about the terms of others.
"""


def in_schema_org(statements: Iterable[Triple]) -> Iterator[Triple]:
    """Yield the triples in schema.org."""
    for statement in statements:
        if statement.predicate == _TYPE and isinstance(statement.object, NamedNode):
            for kind in _aligned(statement.object):
                yield Triple(statement.subject, _TYPE, kind)
        for name in _aligned(statement.predicate):
            yield Triple(statement.subject, name, statement.object)


def _aligned(term: NamedNode) -> tuple[NamedNode, ...]:
    own = (term,) if term.value.startswith(PREFIXES["schema"]) else ()
    return (*own, *_alignment().get(term.value, ()))


@cache
def _alignment() -> dict[str, tuple[NamedNode, ...]]:
    """Return the terms of schema.org for each aligned term."""
    source = files("urbansdg.ontology").joinpath("alignments", "schema-org.ttl").read_bytes()
    alignments: dict[str, tuple[NamedNode, ...]] = {
        term: (theirs,) for term, theirs in _OF_OTHERS.items()
    }
    for quad in parse(source, format=RdfFormat.TURTLE):
        term, theirs = quad.subject, quad.object
        named = isinstance(term, NamedNode) and isinstance(theirs, NamedNode)
        if named and quad.predicate in _ALIGNING and theirs.value.startswith(PREFIXES["schema"]):
            alignments[term.value] = (*alignments.get(term.value, ()), theirs)
    return alignments
