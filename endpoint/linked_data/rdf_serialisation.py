"""Triples in the RDF formats; TriG and N-Quads name the graph of each."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from urbansdg.endpoint.linked_data.jsonld_compaction import compacted
from urbansdg.ontology import jsonld_context
from urbansdg.ontology.media_types import Format
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.store import ReadableGraph, containing

_WITH_PREFIXES: Final = (RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.RDF_XML)


def in_format(
    form: Format,
    triples: Iterable[Triple],
    *,
    store: ReadableGraph | None = None,
    topic: str | None = None,
    context: Mapping[str, jsonld_context.Definition] | None = None,
) -> bytes:
    """Return triples, each once, in an RDF format.

    Where the format names graphs, each triple is in those of `store` that have it. In JSON-LD,
    `topic` comes first, and `context` replaces the context of the project.
    """
    engine = form.engine if isinstance(form.engine, RdfFormat) else RdfFormat.TURTLE
    told = dict.fromkeys(triples)
    if engine == RdfFormat.JSON_LD:
        return compacted(told, context or jsonld_context.context(), topic)
    prefixes = _prefixes(told) if engine in _WITH_PREFIXES else {}
    if engine.supports_datasets and store is not None:
        return serialize(_in_graphs(told, store), format=engine, prefixes=prefixes) or b""
    return serialize(told, format=engine, prefixes=prefixes) or b""


def _prefixes(triples: Iterable[Triple]) -> dict[str, str]:
    """Return the prefixes that the triples use."""
    terms = {term for each in triples for term in (each.subject, each.predicate, each.object)}
    names = {each.value for each in terms if isinstance(each, NamedNode)}
    names |= {each.datatype.value for each in terms if isinstance(each, Literal)}
    spaces = {name[: max(name.rfind("#"), name.rfind("/")) + 1] for name in names}
    return {prefix: space for prefix, space in PREFIXES.items() if space in spaces}


def _in_graphs(triples: Iterable[Triple], store: ReadableGraph) -> Iterator[Quad]:
    """Yield triples as quads, sorted by graph; in the default graph if no graph has them."""
    told = list(triples)
    quads = list(containing(store, told))
    ours = {quad.triple for quad in quads}
    quads += [Quad(each.subject, each.predicate, each.object) for each in told if each not in ours]
    yield from sorted(quads, key=lambda quad: str(quad.graph_name))
