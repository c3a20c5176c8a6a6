"""RDF terms between Oxigraph and rdflib, without rdflib's normalisation of literals.

rdflib normalises literals while it parses (the module global `NORMALIZE_LITERALS`): an invalid date
would be corrected before validation. So Oxigraph parses data, which is then converted term by term.
"""

from collections.abc import Iterable

import pyoxigraph as ox
import rdflib
from rdflib.term import Node

from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.shapes.model.lexical_spaces import is_well_typed

_YEAR = f"{PREFIXES['xsd']}gYear"
_STRING = f"{PREFIXES['xsd']}string"

Resource = ox.NamedNode | ox.BlankNode
Term = ox.NamedNode | ox.BlankNode | ox.Literal


class IllTypedLiteral(rdflib.Literal):
    """A literal outside the lexical space of its datatype.

    rdflib treats many as well-typed (`"NaN"^^xsd:decimal`), and pyshacl then fails to compare them.
    """

    @property
    def ill_typed(self) -> bool:
        """Return True for every instance."""
        return True

    @property
    def value(self) -> None:
        """Return None, because such a literal has no value."""
        return None


class Year(rdflib.Literal):
    """A year, which rdflib cannot compare; comparable only with other years."""

    def __lt__(self, other: object) -> bool:
        """Return whether this year is before the other."""
        return isinstance(other, Year) and self._number < other._number

    def __le__(self, other: object) -> bool:
        """Return whether this year is not after the other."""
        return isinstance(other, Year) and self._number <= other._number

    @property
    def _number(self) -> int:
        return int(str(self)[:4])


def to_rdflib(statements: Iterable[ox.Quad | ox.Triple]) -> rdflib.Graph:
    """Return the statements as one rdflib graph (the union of their graphs), as spelled."""
    graph = rdflib.Graph()
    for statement in statements:
        triple = statement.subject, statement.predicate, statement.object
        graph.add(tuple(node_of(term) for term in triple))  # type: ignore[arg-type]  # of three
    return graph


def node_of(term: object) -> rdflib.URIRef | rdflib.BNode | rdflib.Literal:
    """Return an Oxigraph term as an rdflib term."""
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if not isinstance(term, ox.Literal):
        raise TypeError(f"{term} is not a term of RDF 1.1")
    if term.language is not None:
        return rdflib.Literal(term.value, lang=term.language)
    datatype = term.datatype.value
    if datatype == _STRING:  # rdflib separates plain literals, which its Turtle parser returns
        return rdflib.Literal(term.value)
    kind: type[rdflib.Literal] = Year if datatype == _YEAR else rdflib.Literal
    if not is_well_typed(term.value, datatype):
        kind = IllTypedLiteral
    return kind(term.value, datatype=rdflib.URIRef(datatype), normalize=False)


def term_of(node: Node) -> Term:
    """Return an rdflib term as an Oxigraph term."""
    if isinstance(node, rdflib.Literal):
        if node.language is not None:
            return ox.Literal(str(node), language=node.language)
        kind = None if node.datatype is None else ox.NamedNode(str(node.datatype))
        return ox.Literal(str(node), datatype=kind)
    if isinstance(node, rdflib.BNode):
        return ox.BlankNode(str(node))
    return ox.NamedNode(str(node))
