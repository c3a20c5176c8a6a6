"""The SPARQL 1.1 Service Description: what the endpoint can do, as RDF."""

from collections.abc import Iterator
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.query.capabilities import capabilities
from urbansdg.ontology.graph_precedence import precedence
from urbansdg.ontology.media_types import Format
from urbansdg.ontology.namespaces import PREFIXES, RDF, SERVICE_DESCRIPTION, USDG
from urbansdg.sparql.extension_functions import FUNCTIONS

_RDF_TYPE: Final = NamedNode(RDF.type)
_VOID_TRIPLES: Final = NamedNode(f"{PREFIXES['void']}triples")
_PRECEDENCE: Final = NamedNode(str(USDG.precedence))
_TITLE: Final = NamedNode(f"{PREFIXES['dcterms']}title")
_LANGUAGES: Final = ("SPARQL10Query", "SPARQL11Query")
_FEATURES: Final = ("UnionDefaultGraph", "EmptyGraphs")
_OF_ENGINES: Final = ("UnionDefaultGraph",)
"""What can be promised of any engine that holds the graph: it may drop a graph that is empty."""

_Node = NamedNode | BlankNode


def describe_service(context: Context, form: Format, address: str | None = None) -> bytes:
    """Return the description in one of the formats of RDF.

    `address` is the address that the client used: it is described too where it is not the public
    one.

    Source: https://www.w3.org/TR/sparql11-service-description/
    """
    service = NamedNode(f"{context.iris.base}/sparql")
    triples = [*_service(context, address), *_dataset(context), *capabilities(context, service)]
    engine = form.engine if isinstance(form.engine, RdfFormat) else RdfFormat.TURTLE
    return (
        serialize(triples, format=engine, prefixes={"sd": str(SERVICE_DESCRIPTION), **PREFIXES})
        or b""
    )


def _service(context: Context, address: str | None) -> Iterator[Triple]:
    service = NamedNode(f"{context.iris.base}/sparql")
    yield Triple(service, _RDF_TYPE, _sd("Service"))
    yield Triple(service, _TITLE, Literal("Urban SDG graph: SPARQL endpoint", language="en"))
    for endpoint in {service, service if address is None else NamedNode(address)}:
        yield Triple(service, _sd("endpoint"), endpoint)
    yield Triple(service, _sd("defaultDataset"), BlankNode("dataset"))
    for language in _LANGUAGES:
        yield Triple(service, _sd("supportedLanguage"), _sd(language))
    if context.writer is not None:
        yield Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Update"))
    for feature in _FEATURES if context.engine is None else _OF_ENGINES:
        yield Triple(service, _sd("feature"), _sd(feature))
    for form in (*context.negotiation.results, *context.negotiation.graphs):
        yield Triple(service, _sd("resultFormat"), NamedNode(form.iri))
    for form in context.negotiation.graphs if context.writer is not None else ():
        yield Triple(service, _sd("inputFormat"), NamedNode(form.iri))
    for function in map(NamedNode, FUNCTIONS if context.engine is None else ()):
        yield Triple(service, _sd("extensionFunction"), function)
        yield Triple(function, _RDF_TYPE, _sd("Function"))


def _dataset(context: Context) -> Iterator[Triple]:
    snapshot = context.snapshot()
    dataset, default = BlankNode("dataset"), BlankNode("default")
    yield Triple(dataset, _RDF_TYPE, _sd("Dataset"))
    yield Triple(dataset, _sd("defaultGraph"), default)
    yield Triple(default, _RDF_TYPE, _sd("Graph"))
    yield Triple(default, _VOID_TRIPLES, Literal(snapshot.triples))
    for number, graph in enumerate(sorted(snapshot.store.named_graphs(), key=str)):
        if isinstance(graph, NamedNode):
            named, content = BlankNode(f"name{number}"), BlankNode(f"graph{number}")
            yield Triple(dataset, _sd("namedGraph"), named)
            yield Triple(named, _RDF_TYPE, _sd("NamedGraph"))
            yield Triple(named, _sd("name"), graph)
            yield Triple(named, _sd("graph"), content)
            yield Triple(content, _RDF_TYPE, _sd("Graph"))
            yield Triple(content, _VOID_TRIPLES, Literal(_counted(snapshot, graph)))
            yield Triple(graph, _PRECEDENCE, Literal(precedence(graph.value)))


def _counted(snapshot: Snapshot, graph: NamedNode) -> int:
    graph_count = snapshot.graphs.get(graph.value)
    return 0 if graph_count is None else graph_count.triples


def _sd(name: str) -> NamedNode:
    return NamedNode(SERVICE_DESCRIPTION[name])
