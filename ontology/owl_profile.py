"""The OWL 2 DL profile: the axioms in `urbansdg-owl.ttl`, and domains and ranges of properties.

Domains and ranges are derived from `schema:domainIncludes` and `schema:rangeIncludes` in
`ontology.ttl`, so that the classes of a property are listed once.
"""

from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Final

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    parse,
)

from urbansdg.ontology.namespaces import PREFIXES, USDG

_OWL: Final = PREFIXES["owl"]
_RDF: Final = PREFIXES["rdf"]
_RDFS: Final = PREFIXES["rdfs"]
_SCHEMA: Final = PREFIXES["schema"]
_TYPE: Final = NamedNode(f"{_RDF}type")
_OBJECT_PROPERTY: Final = NamedNode(f"{_OWL}ObjectProperty")
_DATATYPE_PROPERTY: Final = NamedNode(f"{_OWL}DatatypeProperty")
_SAME_IN_OWL: Final = {
    NamedNode(f"{_RDF}langString"): NamedNode(f"{_RDF}PlainLiteral"),
}
"""Datatypes of RDF that OWL 2 lacks, and the nearest ones of its datatype map (section 4)."""

Expression = NamedNode | BlankNode


def owl_profile() -> tuple[Triple, ...]:
    """Return the triples of the profile, without those of the ontology that it imports.

    Blank nodes have the same labels each time (RDF Dataset Canonicalization, RDFC-1.0), so that
    two processes serve the same bytes.
    """
    core, profile = _read("ontology.ttl"), _read("urbansdg-owl.ttl")
    derived: list[Triple] = []
    for name, includes in (("domain", "domainIncludes"), ("range", "rangeIncludes")):
        axiom = NamedNode(_RDFS + name)
        for kind in (_OBJECT_PROPERTY, _DATATYPE_PROPERTY):
            for term in _properties(core, kind):
                if next(profile.quads_for_pattern(term, axiom, None), None) is not None:
                    continue
                values = core.quads_for_pattern(term, NamedNode(_SCHEMA + includes), None)
                classes = sorted(
                    (quad.object for quad in values if isinstance(quad.object, NamedNode)), key=str
                )
                if classes:
                    is_data = name == "range" and kind == _DATATYPE_PROPERTY
                    expression, parts = _union(classes, "Datatype" if is_data else "Class")
                    derived += [Triple(term, axiom, expression), *parts]
    derived_quads = (Quad(axiom.subject, axiom.predicate, axiom.object) for axiom in derived)
    whole = Dataset([*profile, *derived_quads])
    whole.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return tuple(quad.triple for quad in whole)


def _read(name: str) -> Store:
    store = Store()
    source = files(__package__ or "").joinpath(name).read_bytes()
    store.extend(_quads(source))
    return store


def _quads(source: bytes) -> Iterator[Quad]:
    for quad in parse(source, format=RdfFormat.TURTLE):
        yield Quad(quad.subject, quad.predicate, quad.object)


def _properties(core: Store, kind: NamedNode) -> Iterator[NamedNode]:
    """Yield our properties of a kind."""
    for quad in core.quads_for_pattern(None, _TYPE, kind):
        if isinstance(quad.subject, NamedNode) and quad.subject.value.startswith(USDG):
            yield quad.subject


def _union(classes: Iterable[NamedNode], kind: str) -> tuple[Expression, list[Triple]]:
    """Return a class or datatype for all members of some, and the triples that define it."""
    members = [_SAME_IN_OWL.get(member, member) for member in classes]
    if len(members) == 1:
        return members[0], []
    union, cell = BlankNode(), BlankNode()
    space = _RDFS if kind == "Datatype" else _OWL
    triples = [
        Triple(union, _TYPE, NamedNode(space + kind)),
        Triple(union, NamedNode(f"{_OWL}unionOf"), cell),
    ]
    for member in members[:-1]:
        rest = BlankNode()
        triples += _cell(cell, member, rest)
        cell = rest
    return union, [*triples, *_cell(cell, members[-1], NamedNode(f"{_RDF}nil"))]


def _cell(cell: BlankNode, first: NamedNode, rest: NamedNode | BlankNode) -> list[Triple]:
    """Return a cell of an RDF list."""
    return [
        Triple(cell, NamedNode(f"{_RDF}first"), first),
        Triple(cell, NamedNode(f"{_RDF}rest"), rest),
    ]
