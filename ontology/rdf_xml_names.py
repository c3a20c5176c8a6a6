"""Which properties and classes RDF/XML can name.

RDF/XML writes a property as the name of an XML element: a namespace, and a local part that is an
NCName (Namespaces in XML 1.0, section 3). An IRI that ends in a digit, `/` or `#` has none, and
some terms of RDF have another meaning there (RDF 1.1 XML Syntax, section 6.2). The engine writes
malformed XML for the former.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

from pyoxigraph import NamedNode, Quad, Triple

from urbansdg.ontology.namespaces import RDF

_START: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME: Final = re.compile(rf"[{_START}][{_START}0-9.\u00b7\u0300-\u036f\u203f-\u2040-]*\Z")
_TYPE: Final = NamedNode(RDF["type"])
_RESERVED: Final = frozenset(
    RDF[name]
    for name in (
        *("RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "Description"),
        *("li", "aboutEach", "aboutEachPrefix", "bagID"),
        *("version", "annotation", "annotationNodeID"),  # RDF 1.2, which the engine writes
    )
)

Statement = TypeVar("Statement", Triple, Quad)


class NamelessTerm(ValueError):
    """RDF/XML cannot name a property or a class; `iri` is its IRI."""

    def __init__(self, iri: str) -> None:
        """Say which it is."""
        super().__init__(f"RDF/XML has no name for <{iri}>")
        self.iri = iri


def has_name(iri: str) -> bool:
    """Return whether RDF/XML can name a property or a class."""
    return _NAME.search(iri) is not None and iri not in _RESERVED


def named(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Yield statements as they come; raises `NamelessTerm` at one that RDF/XML cannot write."""
    known: set[NamedNode] = set()
    for statement in statements:
        predicate, value = statement.predicate, statement.object
        for term in (predicate, value) if predicate == _TYPE else (predicate,):
            if isinstance(term, NamedNode) and term not in known:
                if not has_name(term.value):
                    raise NamelessTerm(term.value)
                known.add(term)
        yield statement
