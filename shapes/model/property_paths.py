"""SHACL property paths (SHACL, 2.3.1) as SPARQL property paths."""

from collections.abc import Callable

from rdflib import Graph, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from urbansdg.ontology.namespaces import PREFIXES

_SUFFIXES = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}


def sparql_path(shapes: Graph, path: Node, name: Callable[[str], str] = "<{}>".format) -> str:
    """Return the path in SPARQL syntax, with each predicate written by `name`."""
    if isinstance(path, URIRef):
        return name(str(path))
    if (
        path,
        RDF.first,
        None,
    ) in shapes:  # a node with rdf:first is a sequence path, whatever other triples it has
        return _join(shapes, path, "/", name)
    if (inverse := shapes.value(path, SH.inversePath)) is not None:
        return f"^({sparql_path(shapes, inverse, name)})"
    if (choices := shapes.value(path, SH.alternativePath)) is not None:
        return _join(shapes, choices, "|", name)
    for predicate, suffix in _SUFFIXES.items():
        if (inner := shapes.value(path, predicate)) is not None:
            return f"({sparql_path(shapes, inner, name)}){suffix}"
    return _join(shapes, path, "/", name)


def readable_path(shapes: Graph, path: Node) -> str:
    """Return the path in readable form: `usdg:claim/usdg:target`."""
    text = sparql_path(shapes, path, curie)
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text


def curie(iri: str) -> str:
    """Return the IRI abbreviated by one of our prefixes, or in angle brackets."""
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and local.replace("-", "").replace("_", "").isalnum():
            return f"{prefix}:{local}"
    return f"<{iri}>"


def _join(shapes: Graph, head: Node, sign: str, name: Callable[[str], str]) -> str:
    steps = (sparql_path(shapes, step, name) for step in Collection(shapes, head))
    return f"({sign.join(steps)})"
