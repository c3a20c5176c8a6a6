"""What a federating engine plans with: limits, entailment, federation, example queries, as RDF.

Limits are `schema:PropertyValue`s of the service (https://schema.org/PropertyValue) with the units
of UN/CEFACT (SEC seconds, AD bytes); examples are executables of SHACL (SHACL-AF, section 5).
"""

from collections.abc import Iterator
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from urbansdg.endpoint.context import Context
from urbansdg.ontology.namespaces import (
    ENTAILMENT,
    PREFIXES,
    RDF,
    RDFS,
    SCHEMA_HTTPS,
    SERVICE_DESCRIPTION,
)
from urbansdg.queries import questions

_TYPE: Final = NamedNode(RDF.type)
_COMMENT: Final = NamedNode(RDFS.comment)
_SIMPLE: Final = NamedNode(ENTAILMENT.Simple)
# The setting, and the parameter of a request that lowers it, where there is one.
_ELSEWHERE: Final = (
    "The graph is in a SPARQL engine of its own, which answers the queries. It keeps no older"
    " versions: no `version=`, no mementos, no feed of changes, no sitemap. SERVICE is refused. A"
    " query that ends here may go on there until the engine's own limits. A change of several"
    " graphs is seen graph by graph. Functions beyond SPARQL 1.1 are the engine's."
)
_LIMITS: Final = (
    ("query_seconds", "timeout", "SEC"),
    ("query_cpu_seconds", None, "SEC"),
    ("query_memory", "max-memory", "AD"),
    ("query_rows", "max-rows", None),
    ("query_bytes", "max-bytes", "AD"),
    ("query_length", None, "AD"),
    ("upload_bytes", None, "AD"),
    ("wait_seconds", None, "SEC"),
    ("client_queries", None, None),
    ("client_seconds", None, "SEC"),
)


def capabilities(context: Context, service: NamedNode) -> Iterator[Triple]:
    """Yield what the service can do and how much of it."""
    yield Triple(service, NamedNode(f"{SERVICE_DESCRIPTION}defaultEntailmentRegime"), _SIMPLE)
    if context.gateway is not None:
        yield Triple(
            service,
            NamedNode(f"{SERVICE_DESCRIPTION}feature"),
            NamedNode(f"{SERVICE_DESCRIPTION}BasicFederatedQuery"),
        )
        for host in context.gateway.hosts:
            yield from _property(service, "service-host", Literal(host))
    for name, parameter, unit in _LIMITS:
        value = Literal(getattr(context.settings, name))
        yield from _property(service, parameter or name.replace("_", "-"), value, unit)
        yield Triple(_node(parameter or name), _schema("description"), _meaning(context, name))
    if context.engine is not None:
        yield from _property(service, "storage", Literal("engine"))
        yield Triple(_node("storage"), _schema("description"), Literal(_ELSEWHERE, language="en"))
    yield from _examples(service, context.settings.base)


def _property(
    service: NamedNode, name: str, value: Literal, unit: str | None = None
) -> Iterator[Triple]:
    node = _node(name) if name != "service-host" else BlankNode()
    yield Triple(service, _schema("additionalProperty"), node)
    yield Triple(node, _TYPE, _schema("PropertyValue"))
    yield Triple(node, _schema("propertyID"), Literal(name))
    yield Triple(node, _schema("value"), value)
    if unit is not None:
        yield Triple(node, _schema("unitCode"), Literal(unit))


def _examples(service: NamedNode, base: str) -> Iterator[Triple]:
    for question in questions():
        example = BlankNode(f"example-{question.name}")
        query = question.query_for(base)
        kind = "Construct" if "construct" in query.casefold() else "Select"
        yield Triple(example, _TYPE, NamedNode(f"{PREFIXES['sh']}SPARQL{kind}Executable"))
        yield Triple(example, _COMMENT, Literal(question.words, language="en"))
        yield Triple(example, NamedNode(f"{PREFIXES['sh']}{kind.lower()}"), Literal(query))
        yield Triple(example, _schema("target"), service)


def _meaning(context: Context, name: str) -> Literal:
    return Literal(type(context.settings).model_fields[name].description or "", language="en")


def _node(name: str) -> BlankNode:
    return BlankNode(f"limit-{name.replace('_', '-')}")


def _schema(name: str) -> NamedNode:
    return NamedNode(SCHEMA_HTTPS[name])
