"""Compact JSON-LD (JSON-LD 1.1 API, section 5.6) with the context of the project.

A document embeds the part of the context that it uses, so that a client needs no second request;
the whole context is at `/context.jsonld`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from pyoxigraph import BlankNode, Quad, RdfFormat, Triple, parse, serialize
from rdflib.plugins.serializers.jsonld import Converter
from rdflib.plugins.shared.jsonld.context import Context

from urbansdg.endpoint.linked_data.jsonld_writer import Ambiguous, JsonLdWriter
from urbansdg.ontology import jsonld_context
from urbansdg.ontology.jsonld_context import Definition
from urbansdg.shapes.model.rdf_terms import to_rdflib

Json = Any  # what json.dumps takes
_FIRST: Final = ("id", "@id", "type", "@type")


@cache
def own_writer() -> JsonLdWriter:
    """Return the writer with the context of the project."""
    return JsonLdWriter(jsonld_context.context())


def compacted(
    statements: Iterable[Quad | Triple], writer: JsonLdWriter, topic: str | None = None
) -> bytes:
    """Return triples as compact JSON-LD, `topic` first; the same triples give the same bytes.

    Triples with blank nodes go through rdflib's converter, which nests them. Where compaction would
    change the triples (an IRI whose scheme is a prefix of the context), the result is expanded
    instead.
    """
    triples = [
        Triple(statement.subject, statement.predicate, statement.object) for statement in statements
    ]
    try:
        return writer.write(triples, topic)
    except Ambiguous:
        return _converted(triples, writer.context, topic)


def _converted(
    triples: list[Triple], context: Mapping[str, Definition], topic: str | None
) -> bytes:
    words = Context(dict(context))
    nodes = _nodes(triples, words)
    first = words.shrink_iri(topic) if topic else ""
    nodes.sort(key=lambda node: (str(node.get("id", "")) != first, _text(node)))
    document = {"@context": _used(nodes, context), "@graph": nodes}
    body = json.dumps(document, ensure_ascii=False, indent=1).encode()
    return body if _says(body, triples) else serialize(triples, format=RdfFormat.JSON_LD) or b""


def _nodes(triples: list[Triple], context: Context) -> list[dict[str, Json]]:
    converter = Converter(context, use_native_types=False, use_rdf_type=False)
    converter.use_native_types = False  # native numbers would lose their lexical form
    document = converter.convert(to_rdflib(triples))
    nodes = document.get("@graph", [document]) if isinstance(document, dict) else document
    return [_ordered(node) for node in nodes]


def _says(body: bytes, triples: list[Triple]) -> bool:
    """Tell whether JSON-LD has exactly these triples, as far as blank nodes can be compared.

    rdflib's converter loses an empty text beside another value of its property.
    """
    try:
        read = {quad.triple for quad in parse(body, format=RdfFormat.JSON_LD)}
    except SyntaxError:
        return False
    return Counter(map(_unlabelled, read)) == Counter(map(_unlabelled, set(triples)))


def _unlabelled(triple: Triple) -> tuple[object, ...]:
    """Return the terms of a triple, with None for each blank node."""
    terms = (triple.subject, triple.predicate, triple.object)
    return tuple(None if isinstance(term, BlankNode) else term for term in terms)


def _ordered(value: Json) -> Json:
    """Return JSON with sorted members and values; RDF lists keep their order."""
    if isinstance(value, dict):
        ordered = sorted(value, key=lambda name: (name not in _FIRST, name))
        return {name: value[name] if name == "@list" else _ordered(value[name]) for name in ordered}
    if isinstance(value, list):
        return sorted((_ordered(member) for member in value), key=_text)
    return value


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def _used(nodes: Json, context: Mapping[str, Definition]) -> dict[str, Definition]:
    """Return the definitions of the context that a document uses."""
    names, waiting = {"id", "type", "@vocab"}, list(_strings(nodes))
    while waiting:
        text = waiting.pop()
        fresh = {text, text.partition(":")[0]} - names
        names |= fresh
        waiting += (word for name in fresh for word in _strings(context.get(name)))
    return {name: definition for name, definition in context.items() if name in names}


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for member in value.values():
            yield from _strings(member)
    elif isinstance(value, list):
        for member in value:
            yield from _strings(member)
