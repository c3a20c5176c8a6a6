"""A description in schema.org, by the alignment in `ontology/alignments/schema-org.ttl`.

Aligned properties and classes are replaced by those of schema.org, and so are some terms of other
vocabularies; other statements are left out.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Final

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from urbansdg.endpoint.linked_data.document import Document
from urbansdg.endpoint.linked_data.jsonld_writer import JsonLdWriter
from urbansdg.endpoint.linked_data.rdf_serialisation import in_format
from urbansdg.ontology.media_types import GRAPHS
from urbansdg.ontology.namespaces import PREFIXES

WRITER: Final = JsonLdWriter({"id": "@id", "type": "@type", "@vocab": PREFIXES["schema"]})
"""The writer of such a description in JSON-LD."""

MOST_ON_PAGE: Final = 100
"""The most triples of a description in a page."""

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


def page_description(document: Document, language: str) -> dict[str, object]:
    """Return the description of the topic of a page in schema.org, as JSON-LD for search engines.

    It has the statements on the topic itself and the names of what it is linked to, in the language
    of the page and in English; at most `MOST_ON_PAGE` triples.
    """
    linked = {triple.object for triple in document.own if _aligned(triple.predicate)}
    own = (*document.own, *(triple for triple in document.names if triple.subject in linked))
    triples = islice(
        (triple for triple in in_schema_org(own) if _is_read(triple, language)), MOST_ON_PAGE
    )
    form = next(form for form in GRAPHS if form.extension == "jsonld")
    text = in_format(form, triples, topic=document.iri, writer=WRITER)
    description: dict[str, object] = json.loads(text)
    return description


def _is_read(triple: Triple, language: str) -> bool:
    value = triple.object
    return not isinstance(value, Literal) or value.language in {None, "en", language}


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
