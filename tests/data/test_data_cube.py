"""The bundled observations against the integrity constraints of the RDF Data Cube (section 11)."""

from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest

from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.store import GraphStore

CONSTRAINTS: Final = {
    "IC-1, one data set": """
        { ?it a qb:Observation FILTER NOT EXISTS { ?it qb:dataSet ?any } }
        UNION { ?it a qb:Observation ; qb:dataSet ?one , ?other FILTER(?one != ?other) }""",
    "IC-2, one structure": """
        { ?it a qb:DataSet FILTER NOT EXISTS { ?it qb:structure ?any } }
        UNION { ?it a qb:DataSet ; qb:structure ?one , ?other FILTER(?one != ?other) }""",
    "IC-11, all dimensions": """
        ?it qb:dataSet/qb:structure/qb:component/qb:dimension ?dimension
        FILTER NOT EXISTS { ?it ?dimension ?value }""",
    "IC-12, one value per key": """
        ?it qb:dataSet ?set . ?other qb:dataSet ?set FILTER(?it != ?other)
        FILTER NOT EXISTS {
            ?set qb:structure/qb:component/qb:dimension ?dimension .
            ?it ?dimension ?one . ?other ?dimension ?two FILTER(!sameTerm(?one, ?two)) }""",
    "IC-13, required attributes": """
        ?it qb:dataSet/qb:structure/qb:component ?component .
        ?component qb:componentRequired true ; qb:attribute ?attribute
        FILTER NOT EXISTS { ?it ?attribute ?value }""",
    "IC-14, all measures": """
        ?it qb:dataSet/qb:structure/qb:component/qb:measure ?measure
        FILTER NOT EXISTS { ?it ?measure ?value }""",
}
"""Patterns of the data that break a constraint; the structure has no slices or measure types.

Periods of two datatypes, a year and a month, differ as terms; `!=` between them is an error.
"""


@pytest.fixture(scope="module")
def store(bundled: Path) -> ox.Store:
    """Return a copy of the bundled data, in one graph."""
    graph = GraphStore.open(bundled)
    copy = ox.Store()
    copy.extend(ox.Quad(*quad.triple) for quad in graph.read(graph.current()))
    return copy


def _broken(store: ox.Store, pattern: str) -> list[str]:
    rows = store.query(f"PREFIX qb: <{PREFIXES['qb']}> SELECT DISTINCT ?it {{ {pattern} }}")
    assert isinstance(rows, ox.QuerySolutions)
    return sorted(str(row["it"]) for row in rows)


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_the_observations_are_a_well_formed_cube(store: ox.Store, name: str) -> None:
    """No observation and no data set of the bundled data breaks an integrity constraint."""
    assert _broken(store, CONSTRAINTS[name]) == []


def test_a_second_value_for_a_key_breaks_the_cube(store: ox.Store) -> None:
    """A second population of a city for the same year and kind of area breaks IC-12."""
    city = "http://localhost:8000/id/city/2988507/population"
    twice = ox.Store()
    twice.extend(store)
    for quad in store.quads_for_pattern(ox.NamedNode(f"{city}/2020"), None, None, None):
        twice.add(ox.Quad(ox.NamedNode(f"{city}/twice"), quad.predicate, quad.object))
    assert _broken(twice, CONSTRAINTS["IC-12, one value per key"]) == [
        f"<{city}/2020>",
        f"<{city}/twice>",
    ]
