"""The bundled data: the content of a new graph."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

import pyoxigraph as ox

from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum
from urbansdg.loaders.drafts.table_drafts import (
    CITY_TABLES,
    CITYS_OWN,
    COUNTRY_TABLES,
    POLICY_TABLES,
    SDG_TABLES,
    Table,
    read_tables,
)
from urbansdg.ontology.vocabulary_files import ontology_files, scheme_files
from urbansdg.store import Source

CC_BY = "https://creativecommons.org/licenses/by/4.0/"
_ONTOLOGY_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A graph of the bundled data, and the function that reads it."""

    graph: str
    read: Callable[[ReadContext], Draft]


EXAMPLE = "example"
"""The graph of the example: invented cities and policies, which are never loaded by default."""


def bundles(*, example: bool = False) -> tuple[Bundle, ...]:
    """Return the graphs of the bundled data, with the example if wanted."""
    data = files("urbansdg.data")
    real = (
        Bundle("ontology", _ontology),
        Bundle("sdg", _of_tables("sdg", data, SDG_TABLES)),
        Bundle("countries", _of_tables("countries", data, COUNTRY_TABLES)),
        Bundle("cities", _of_tables("cities", data, CITY_TABLES)),
        Bundle("policies", _of_tables("policies", data, POLICY_TABLES)),
    )
    invented = Bundle(EXAMPLE, _of_tables(EXAMPLE, data.joinpath(EXAMPLE), CITYS_OWN))
    return (*real, invented) if example else real


def _of_tables(
    graph: str, folder: Traversable, tables: tuple[Table, ...]
) -> Callable[[ReadContext], Draft]:
    return lambda context: read_tables(folder, tables, graph, context, CC_BY, canonical=True)


def _ontology(context: ReadContext) -> Draft:
    """Read the ontology and its concept schemes."""
    file = context.folder / "ontology.nt"
    sources = [*ontology_files(), *scheme_files()]
    triples = (triple for source in sources for triple in _parse(source))
    ox.serialize(triples, str(file), format=ox.RdfFormat.N_TRIPLES)
    source = Source("ontology.ttl", checksum(sources), "turtle", _ONTOLOGY_VERSION, licence=CC_BY)
    return Draft("ontology", (file,), source)


def _parse(source: Traversable) -> Iterator[ox.Triple]:
    for quad in ox.parse(source.read_bytes(), format=ox.RdfFormat.TURTLE):
        yield quad.triple
