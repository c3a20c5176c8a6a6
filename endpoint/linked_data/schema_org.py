"""A description in schema.org, by the alignment in `ontology/alignments/schema-org.ttl`.

Aligned properties and classes are replaced by those of schema.org; other statements are left out.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Final

from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from urbansdg.ontology.namespaces import PREFIXES

CONTEXT: Final[dict[str, str]] = {"id": "@id", "type": "@type", "@vocab": PREFIXES["schema"]}
"""The JSON-LD context of such a description."""

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


def in_schema_org(statements: Iterable[Triple]) -> Iterator[Triple]:
    """Yield the triples in schema.org."""
    for each in statements:
        if each.predicate == _TYPE and isinstance(each.object, NamedNode):
            for kind in _aligned(each.object):
                yield Triple(each.subject, _TYPE, kind)
        for name in _aligned(each.predicate):
            yield Triple(each.subject, name, each.object)


def _aligned(term: NamedNode) -> tuple[NamedNode, ...]:
    own = (term,) if term.value.startswith(PREFIXES["schema"]) else ()
    return (*own, *_alignment().get(term.value, ()))


@cache
def _alignment() -> dict[str, tuple[NamedNode, ...]]:
    """Return the terms of schema.org for each aligned term."""
    source = files("urbansdg.ontology").joinpath("alignments", "schema-org.ttl").read_bytes()
    found: dict[str, tuple[NamedNode, ...]] = {}
    for quad in parse(source, format=RdfFormat.TURTLE):
        term, theirs = quad.subject, quad.object
        named = isinstance(term, NamedNode) and isinstance(theirs, NamedNode)
        if named and quad.predicate in _ALIGNING and theirs.value.startswith(PREFIXES["schema"]):
            found[term.value] = (*found.get(term.value, ()), theirs)
    return found
