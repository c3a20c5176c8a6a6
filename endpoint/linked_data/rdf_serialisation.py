"""Triples in the RDF formats; TriG and N-Quads name the graph of each."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from urbansdg.endpoint.linked_data.jsonld_compaction import compacted, own_writer
from urbansdg.endpoint.linked_data.jsonld_writer import JsonLdWriter
from urbansdg.errors import NotAcceptable
from urbansdg.ontology.media_types import Format
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.ontology.rdf_xml_names import NamelessTerm, named
from urbansdg.ontology.xml_text import UnwritableCharacter, code_point, with_references
from urbansdg.store import ReadableGraph, containing

_WITH_PREFIXES: Final = (RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.RDF_XML)


def in_format(
    form: Format,
    triples: Iterable[Triple],
    *,
    store: ReadableGraph | None = None,
    topic: str | None = None,
    writer: JsonLdWriter | None = None,
) -> bytes:
    """Return triples, each once, in an RDF format.

    Where the format names graphs, each triple is in those of `store` that have it. In JSON-LD,
    `topic` comes first, and `writer` may have another context than the project's. Raises
    `NotAcceptable` where RDF/XML has no name for a property or a class.
    """
    engine = form.engine if isinstance(form.engine, RdfFormat) else RdfFormat.TURTLE
    triples_once = dict.fromkeys(triples)
    if engine == RdfFormat.JSON_LD:
        return compacted(triples_once, writer or own_writer(), topic)
    prefixes = _prefixes(triples_once) if engine in _WITH_PREFIXES else {}
    if engine.supports_datasets and store is not None:
        return serialize(_in_graphs(triples_once, store), format=engine, prefixes=prefixes) or b""
    if engine == RdfFormat.RDF_XML:
        return as_rdf_xml(triples_once, prefixes)
    return serialize(triples_once, format=engine, prefixes=prefixes) or b""


def as_rdf_xml(triples: Iterable[Triple], prefixes: Mapping[str, str]) -> bytes:
    """Return triples in RDF/XML; raises `NotAcceptable` where it cannot name or write one."""
    try:
        form = RdfFormat.RDF_XML
        return with_references(
            serialize(named(triples), format=form, prefixes=dict(prefixes)) or b""
        )
    except NamelessTerm as nameless:
        raise NotAcceptable.nameless(nameless.iri) from None
    except UnwritableCharacter as unwritable:
        raise NotAcceptable.unwritable(code_point(unwritable.character)) from None


def _prefixes(triples: Iterable[Triple]) -> dict[str, str]:
    """Return the prefixes that the triples use."""
    terms = set(chain.from_iterable(triples))
    names = {term.value for term in terms if isinstance(term, NamedNode)}
    names |= {term.datatype.value for term in terms if isinstance(term, Literal)}
    spaces = {name[: max(name.rfind("#"), name.rfind("/")) + 1] for name in names}
    return {prefix: space for prefix, space in PREFIXES.items() if space in spaces}


def _in_graphs(triples: Iterable[Triple], store: ReadableGraph) -> Iterator[Quad]:
    """Yield triples as quads, sorted by graph; in the default graph if no graph has them."""
    triples_here = list(triples)
    quads = list(containing(store, triples_here))
    ours = {quad.triple for quad in quads}
    quads += [
        Quad(triple.subject, triple.predicate, triple.object)
        for triple in triples_here
        if triple not in ours
    ]
    yield from sorted(quads, key=lambda quad: str(quad.graph_name))
