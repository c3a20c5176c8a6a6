"""An ontology as axioms: OWL 2 XML Serialization (W3C Recommendation, second edition)."""

from collections.abc import Iterable
from typing import Final

from pyoxigraph import NamedNode, Quad, RdfFormat, serialize

from urbansdg.ontology.namespaces import PREFIXES

_TYPE: Final = NamedNode(f"{PREFIXES['rdf']}type")
_DECLARED: Final = tuple(
    NamedNode(PREFIXES["owl"] + kind)
    for kind in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
)


def owl_xml(triples: Iterable[Quad], imported: Iterable[Quad] = ()) -> bytes:
    """Return the axioms that triples state (OWL 2 Mapping to RDF Graphs, section 3).

    Properties have to be declared in the triples or in those of an imported ontology, because the
    axioms depend on whether a property is an object property.
    """
    import pyhornedowl  # imported here: most requests are for RDF

    declarations = (
        quad.triple for quad in imported if quad.predicate == _TYPE and quad.object in _DECLARED
    )
    every = dict.fromkeys([*(quad.triple for quad in triples), *declarations])
    text = serialize(every, format=RdfFormat.RDF_XML) or b""
    ontology = pyhornedowl.open_ontology_from_string(text.decode(), serialization="rdf")
    return ontology.save_to_string("owx").encode()
