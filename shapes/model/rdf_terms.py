"""RDF terms between Oxigraph and rdflib, without rdflib's rewriting of literals.

rdflib normalises literals while it parses (a module global, `NORMALIZE_LITERALS`): a bad date is
mended before anybody saw it. So data is parsed by Oxigraph and handed over term by term.
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

    rdflib takes many for well-typed (`"NaN"^^xsd:decimal`), and pyshacl then fails while comparing.
    """

    @property
    def ill_typed(self) -> bool:
        """Return True: that is what the class says."""
        return True

    @property
    def value(self) -> None:
        """Return None: such a literal denotes nothing."""
        return None


class Year(rdflib.Literal):
    """A year, which rdflib cannot compare; a year compares with nothing but a year."""

    def __lt__(self, other: object) -> bool:
        """Tell whether this year is before the other."""
        return isinstance(other, Year) and self._number < other._number

    def __le__(self, other: object) -> bool:
        """Tell whether this year is not after the other."""
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
    """Return an Oxigraph term as rdflib has it."""
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if not isinstance(term, ox.Literal):
        raise TypeError(f"{term} is not a term of RDF 1.1")
    if term.language is not None:
        return rdflib.Literal(term.value, lang=term.language)
    datatype = term.datatype.value
    if datatype == _STRING:  # rdflib keeps RDF 1.0's plain literal apart, which Turtle gives it
        return rdflib.Literal(term.value)
    kind: type[rdflib.Literal] = Year if datatype == _YEAR else rdflib.Literal
    if not is_well_typed(term.value, datatype):
        kind = IllTypedLiteral
    return kind(term.value, datatype=rdflib.URIRef(datatype), normalize=False)


def term_of(node: Node) -> Term:
    """Return an rdflib term as Oxigraph has it."""
    if isinstance(node, rdflib.Literal):
        if node.language is not None:
            return ox.Literal(str(node), language=node.language)
        kind = None if node.datatype is None else ox.NamedNode(str(node.datatype))
        return ox.Literal(str(node), datatype=kind)
    if isinstance(node, rdflib.BNode):
        return ox.BlankNode(str(node))
    return ox.NamedNode(str(node))
