"""The quality of a version as measurements of the Data Quality Vocabulary (W3C, 2016).

Each measurement is a share, or a sum of shares from 0 to 10: the completeness of policies and
cities has a point for each facet that the shapes of the profile `complete` require. The metrics
are concepts of the scheme `metric`, which defines them. `measure` reads a whole version;
`remeasure` derives its measurements from those of another version and from what differs.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Final

import pyoxigraph as ox
from rdflib import Graph, URIRef
from rdflib.collection import Collection as RdfList
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from urbansdg.ontology.namespaces import PREFIXES, USDGSH, VOCAB
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset, count
from urbansdg.shapes.model.property_paths import sparql_path
from urbansdg.shapes.model.shape_profile import read_profile

_LEADING: Final = "?led usdg:leadCity ?it FILTER(!isLiteral(?it))"
_FACETS: Final = {
    "policy-completeness": ("PolicyFacets", "?it a usdg:Policy"),
    "city-completeness": ("CityFacets", _LEADING),
}
_SHARES: Final = {
    "sourced-policies": ("?it a usdg:Policy", "?it dcterms:source ?any"),
    "evidenced-claims": (
        "?policy usdg:claim ?it FILTER(!isLiteral(?it))",
        "?it usdg:evidence|dcterms:source ?any",
    ),
    "interlinked-cities": ("?it a usdg:City", "?it schema:sameAs ?any"),
}
_PROLOGUE: Final = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
_IT: Final = ox.Variable("it")
_PRECISION: Final = Decimal("0.0001")


_Thing = ox.NamedNode | ox.BlankNode


@dataclass(frozen=True, slots=True)
class Measurement:
    """A metric of the scheme `metric` by its name, and what it counts on a version.

    `things` is the number of things that are measured, `parts` the sum over all facets of how many
    of them have it.
    """

    metric: str
    parts: int
    things: int

    @property
    def iri(self) -> str:
        """The IRI of the metric."""
        return f"{VOCAB}metric#{self.metric}"

    @property
    def value(self) -> str:
        """The mean for a thing, as a decimal."""
        value = (Decimal(self.parts) / self.things).quantize(_PRECISION, ROUND_HALF_EVEN)
        return f"{value.normalize():f}"


@dataclass(frozen=True, slots=True)
class _Metric:
    """A metric: the pattern of the things, and those of its facets, all with `?it`."""

    name: str
    things: str
    facets: tuple[str, ...]


def measure(store: RdfDataset) -> Iterator[Measurement]:
    """Measure a store; a metric without anything to measure is left out.

    Every query reads the things of a class once.
    """
    for metric in _metrics():
        things = _counted(store, metric.things)
        if things:
            # A city leads many policies: each is looked at once.
            distinct = f"{{ SELECT DISTINCT ?it {{ {metric.things} }} }}"
            parts = sum(_counted(store, f"{distinct} {facet}") for facet in metric.facets)
            yield Measurement(metric.name, parts, things)


def remeasure(
    known: Iterable[Measurement], before: RdfDataset, after: RdfDataset, subjects: Collection[str]
) -> Iterator[Measurement]:
    """Yield the measurements of the state after, from those known of the state before.

    `subjects` are the IRIs of all that may differ. Equals what `measure` yields.
    """
    measured = {measurement.metric: measurement for measurement in known}
    affected = _affected(before, after, subjects)
    for metric in _metrics():
        had = measured.get(metric.name, Measurement(metric.name, 0, 0))
        parts, things = had.parts, had.things
        for state, sign in ((before, -1), (after, 1)):
            for thing in affected:
                if _holds(state, metric.things, thing):
                    things += sign
                    parts += sign * sum(_holds(state, facet, thing) for facet in metric.facets)
        if things:
            yield Measurement(metric.name, parts, things)


def _affected(before: RdfDataset, after: RdfDataset, subjects: Collection[str]) -> set[_Thing]:
    """Return the things of which a pattern may hold in one state and not in the other.

    They are what differs, what it points at, and what reaches it by the first step of a path.
    """
    changed: set[_Thing] = set(map(ox.NamedNode, subjects))
    affected = set(changed)
    for subject in changed:
        old, new = (
            {(quad.predicate, quad.object) for quad in state.quads_for_pattern(subject, None, None)}
            for state in (before, after)
        )
        ends = (term for _, term in old ^ new)
        affected.update(end for end in ends if isinstance(end, ox.NamedNode | ox.BlankNode))
        for state in (before, after):
            for step in _first_steps():
                quads = state.quads_for_pattern(None, step, subject)
                starts = (quad.subject for quad in quads)
                affected.update(
                    start for start in starts if isinstance(start, ox.NamedNode | ox.BlankNode)
                )
    return affected


def _holds(state: RdfDataset, pattern: str, thing: _Thing) -> bool:
    """Tell whether a pattern holds of a thing."""
    answer = state.query(
        f"{_PROLOGUE}ASK {{ {pattern} }}",
        use_default_graph_as_union=True,
        substitutions={_IT: thing},
    )
    return bool(answer)


def _counted(state: RdfDataset, pattern: str) -> int:
    """Count the things of which a pattern holds."""
    query = f"{_PROLOGUE}SELECT (COUNT(DISTINCT ?it) AS ?n) {{ {pattern} }}"
    return count(state, query, of_union=True)


@cache
def _metrics() -> tuple[_Metric, ...]:
    graph = read_profile("complete").graph
    return (
        *(
            _Metric(name, things, tuple(f"?it {sparql_path(graph, path)} ?any" for path in paths))
            for name, (shape, things) in _FACETS.items()
            for paths in [tuple(_paths(graph, shape))]
        ),
        *(_Metric(name, things, (having,)) for name, (things, having) in _SHARES.items()),
    )


@cache
def _first_steps() -> tuple[ox.NamedNode, ...]:
    """Return the properties that begin a path of two steps in a facet."""
    graph = read_profile("complete").graph
    paths = [path for shape, _ in _FACETS.values() for path in _paths(graph, shape)]
    steps = {step for path in paths for step in _beginning(graph, path)}
    return tuple(map(ox.NamedNode, sorted(steps)))


def _paths(graph: Graph, shape: str) -> Iterator[Node]:
    """Return the path of each facet of a shape of the profile `complete`."""
    for property_shape in graph.objects(URIRef(USDGSH[shape]), SH.property):
        path = graph.value(property_shape, SH.path)
        if path is not None:
            yield path


def _beginning(graph: Graph, path: Node) -> Iterator[URIRef]:
    """Yield the first steps of the sequences in a path; raises NotImplementedError for others."""
    branches = graph.value(path, SH.alternativePath)
    if branches is not None:
        for branch in RdfList(graph, branches):
            yield from _beginning(graph, branch)
    elif (path, RDF.first, None) in graph:
        first, *rest = RdfList(graph, path)
        if not isinstance(first, URIRef) or len(rest) != 1 or not isinstance(rest[0], URIRef):
            raise NotImplementedError(f"the path {path} of a facet is not of two properties")
        yield first
    elif not isinstance(path, URIRef):
        inverse = graph.value(path, SH.inversePath)
        if not isinstance(inverse, URIRef):
            raise NotImplementedError(f"the path {path} of a facet")
