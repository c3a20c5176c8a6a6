"""Solutions of a SELECT query on the union of a store's graphs."""

import pyoxigraph as ox

from urbansdg.ontology.rdf.rdf_dataset import RdfDataset


def solutions(store: RdfDataset, query: str) -> list[ox.QuerySolution]:
    """Evaluate a query in the calling thread: solutions cannot be read from another thread.

    Serialising and parsing them again evaluates without the GIL, which iterating would hold.
    """
    results = store.query(query, use_default_graph_as_union=True)
    if not isinstance(results, ox.QuerySolutions):
        raise TypeError("expected a SELECT query")
    form = ox.QueryResultsFormat.JSON
    parsed = ox.parse_query_results(results.serialize(format=form) or b"", format=form)
    return list(parsed) if isinstance(parsed, ox.QuerySolutions) else []
