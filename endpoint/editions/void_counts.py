"""The counts of a version for its VoID description.

Each count is that of the query beside it, on the merge of all graphs, as `/sparql` answers it; a
triple that two graphs state counts once. Source: Describing Linked Datasets with the VoID
Vocabulary (W3C, 2011), section 4.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, QuerySolution, QuerySolutions

from urbansdg.ontology.namespaces import RDF, SDG, SDG_SCHEME, UNBIS
from urbansdg.ontology.rdf_dataset import RdfDataset

_COUNTS: Final = {
    "triples": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "subjects": "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
    "objects": "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }",
    "properties": "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }",
    "classes": "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }",
    "entities": """SELECT (COUNT(DISTINCT ?s) AS ?n)
                   { ?s ?p ?o FILTER(STRSTARTS(STR(?s), "%(space)s")) }""",
}
_CLASSES: Final = """SELECT ?iri (COUNT(DISTINCT ?s) AS ?entities) (COUNT(*) AS ?triples)
                     { ?s a ?iri FILTER(isIRI(?iri)) } GROUP BY ?iri ORDER BY ?iri"""
_PROPERTIES: Final = """SELECT ?iri (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects)
                        (COUNT(DISTINCT ?o) AS ?objects) { ?s ?iri ?o } GROUP BY ?iri ORDER BY ?iri
                     """
# One pass for all targets: reading all triples costs more than comparing prefixes.
_LINKS: Final = """SELECT ?source ?target ?iri (COUNT(*) AS ?triples)
                   (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects) {
                     ?s ?iri ?o FILTER(isIRI(?o) && ?iri != rdf:type)
                     BIND(%(sources)s AS ?source) BIND(%(targets)s AS ?target)
                     FILTER(?source != "" && ?target != "" && ?source != ?target)
                   } GROUP BY ?source ?target ?iri ORDER BY ?source ?target ?iri"""
_EXAMPLES: Final = "SELECT ?iri { ?iri a <%(kind)s> FILTER(isIRI(?iri)) } ORDER BY ?iri LIMIT 1"
_NUMBERS: Final = ("triples", "subjects", "objects", "entities")
_PREFIX: Final = f"PREFIX rdf: <{RDF}>\n"


@dataclass(frozen=True, slots=True)
class Partition:
    """A class or a property with its counts; those that do not apply are 0."""

    iri: str
    triples: int = 0
    subjects: int = 0
    objects: int = 0
    entities: int = 0


@dataclass(frozen=True, slots=True)
class Linkset:
    """The links by one property from the things of one space of IRIs to those of another."""

    source: str
    target: str
    links: Partition


@dataclass(frozen=True, slots=True)
class Target:
    """An external dataset that the graph links to: its IRI prefix, its name, its home page."""

    space: str
    name: str
    home: str


TARGETS: Final = (
    Target(str(SDG), "UN Sustainable Development Goals", SDG_SCHEME),
    Target(str(UNBIS), "UNBIS Thesaurus", "http://metadata.un.org"),
    Target("http://eurovoc.europa.eu/", "EuroVoc", "http://eurovoc.europa.eu/"),
    Target("https://sws.geonames.org/", "GeoNames", "https://www.geonames.org/"),
    Target("http://www.wikidata.org/entity/", "Wikidata", "https://www.wikidata.org/"),
)


@dataclass(frozen=True, slots=True)
class Statistics:
    """The counts of a version.

    `entities` counts the subjects whose IRIs begin with the installation's `<base>/id/`;
    `examples` has one thing of each requested kind, if there is one.
    """

    triples: int
    subjects: int
    objects: int
    properties: int
    classes: int
    entities: int
    class_partition: tuple[Partition, ...]
    property_partition: tuple[Partition, ...]
    linksets: tuple[Linkset, ...]
    examples: tuple[str, ...]


def count(store: RdfDataset, space: str, kinds: tuple[str, ...]) -> Statistics:
    """Count a store; `space` is the prefix of local IRIs, `kinds` are the classes of examples.

    Every query reads the whole store once: this takes seconds on millions of triples, so it is
    done in a process of its own.
    """
    parameters = {"space": space}
    return Statistics(
        **{name: number(store, query % parameters) for name, query in _COUNTS.items()},
        class_partition=_partition(store, _CLASSES),
        property_partition=_partition(store, _PROPERTIES),
        linksets=tuple(_linksets(store, space)),
        examples=tuple(
            example.iri
            for kind in kinds
            for example in _partition(store, _EXAMPLES % {"kind": kind})
        ),
    )


def _linksets(store: RdfDataset, space: str) -> Iterator[Linkset]:
    targets = [target.space for target in TARGETS]
    parameters = {"sources": _space("?s", [space, str(SDG)]), "targets": _space("?o", targets)}
    for row in _rows(store, _LINKS % parameters):
        source, target, links = row["source"], row["target"], _part(row)
        if links is not None and isinstance(source, Literal) and isinstance(target, Literal):
            yield Linkset(source.value, target.value, links)


def _space(variable: str, spaces: Sequence[str]) -> str:
    """Return a SPARQL expression for the IRI prefix of a variable, "" for none."""
    expression = '""'
    for space in reversed(spaces):
        expression = f'IF(STRSTARTS(STR({variable}), "{space}"), "{space}", {expression})'
    return expression


def number(store: RdfDataset, query: str) -> int:
    """Return the ?n of a counting query."""
    (row,) = _rows(store, query)
    return _integer(row, "n")


def _partition(store: RdfDataset, query: str) -> tuple[Partition, ...]:
    parts = (_part(row) for row in _rows(store, query))
    return tuple(part for part in parts if part is not None)


def _part(row: QuerySolution) -> Partition | None:
    """Return the counts of a row; missing ones are 0."""
    iri = row["iri"]
    if not isinstance(iri, NamedNode):
        return None
    return Partition(iri.value, **{name: _integer(row, name) for name in _NUMBERS})


def _rows(store: RdfDataset, query: str) -> QuerySolutions:
    rows = store.query(_PREFIX + query, use_default_graph_as_union=True)
    if not isinstance(rows, QuerySolutions):
        raise TypeError("a count is a SELECT")
    return rows


def _integer(row: QuerySolution, name: str) -> int:
    try:
        value = row[name]
    except KeyError:
        return 0
    return int(value.value) if isinstance(value, Literal) else 0
