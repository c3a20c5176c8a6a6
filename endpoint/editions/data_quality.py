"""The quality of a version as measurements of the Data Quality Vocabulary (W3C, 2016).

Each measurement is a share, or a sum of shares from 0 to 10: the completeness of policies and
cities has a point for each facet that the shapes of the profile `complete` require. The metrics
are concepts of the scheme `metric`, which defines them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from rdflib import URIRef
from rdflib.namespace import SH

from urbansdg.endpoint.editions.void_counts import number
from urbansdg.ontology.namespaces import PREFIXES, USDGSH, VOCAB
from urbansdg.ontology.rdf_dataset import RdfDataset
from urbansdg.shapes.model.property_paths import sparql_path
from urbansdg.shapes.model.shape_profile import read_profile

_LEADING: Final = "{ SELECT DISTINCT ?it { ?led usdg:leadCity ?it } }"
_FACETS: Final = {
    "policy-completeness": ("PolicyFacets", "?it a usdg:Policy"),
    "city-completeness": ("CityFacets", _LEADING),
}
_SHARES: Final = {
    "sourced-policies": ("?it a usdg:Policy", "?it dcterms:source ?any"),
    "evidenced-claims": ("?policy usdg:claim ?it", "?it usdg:evidence|dcterms:source ?any"),
    "interlinked-cities": ("?it a usdg:City", "?it schema:sameAs ?any"),
}
_PRECISION: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Measurement:
    """A metric of the scheme `metric` by its name, and its value on a version as a decimal."""

    metric: str
    value: str

    @property
    def iri(self) -> str:
        """The IRI of the metric."""
        return f"{VOCAB}metric#{self.metric}"


def measure(store: RdfDataset) -> Iterator[Measurement]:
    """Measure a store; a metric without anything to measure is left out.

    Every query reads the things of a class once, so this runs beside the counts.
    """
    for metric, (shape, things) in _FACETS.items():
        yield from _measured(store, metric, things, list(_facets(shape)))
    for metric, (things, having) in _SHARES.items():
        yield from _measured(store, metric, things, [having])


def _measured(
    store: RdfDataset, metric: str, things: str, having: list[str]
) -> Iterator[Measurement]:
    """Return the sum of the shares of things that have each facet."""
    whole = _counted(store, things)
    if whole:
        parts = sum(_counted(store, f"{things} . {pattern}") for pattern in having)
        value = (Decimal(parts) / whole).quantize(_PRECISION, ROUND_HALF_EVEN)
        yield Measurement(metric, f"{value.normalize():f}")


def _facets(shape: str) -> Iterator[str]:
    """Return the pattern of each facet of a shape of the profile `complete`."""
    graph = read_profile("complete").graph
    for property_shape in graph.objects(URIRef(USDGSH[shape]), SH.property):
        path = graph.value(property_shape, SH.path)
        if path is not None:
            yield f"?it {sparql_path(graph, path)} ?any"


def _counted(store: RdfDataset, pattern: str) -> int:
    prologue = "\n".join(f"PREFIX {name}: <{iri}>" for name, iri in PREFIXES.items())
    return number(store, f"{prologue}\nSELECT (COUNT(DISTINCT ?it) AS ?n) {{ {pattern} }}")
