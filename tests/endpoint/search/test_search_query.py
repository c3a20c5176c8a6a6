"""The query of a search in SPARQL."""

import time

import pyoxigraph as ox

from urbansdg.endpoint.search.facet_reader import FacetReader
from urbansdg.endpoint.search.search_query import SearchQuery
from urbansdg.ontology.iris import Iris

_LABEL = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")


def test_the_names_of_a_thing_are_not_paired_with_one_another() -> None:
    """The query reads the names of a thing once, not once for each of its names."""
    thing = ox.NamedNode("http://example.org/thing")
    store = ox.Store()
    names = (ox.Literal(f"name {n}", language="en") for n in range(4_000))
    store.extend(ox.Quad(thing, _LABEL, name) for name in names)
    reader = FacetReader(Iris("http://localhost:8000"), store)
    for filters in ({}, {"kind": ("other",)}):
        begin = time.monotonic()
        rows = store.query(SearchQuery("", filters, reader).text("en"))
        assert isinstance(rows, ox.QuerySolutions)
        assert [row["thing"] for row in rows] == [thing]
        assert time.monotonic() - begin < 5
