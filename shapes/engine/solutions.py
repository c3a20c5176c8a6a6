"""The answer to a SELECT query on the union of a store's graphs."""

import pyoxigraph as ox


def solutions(store: ox.Store, query: str) -> list[ox.QuerySolution]:
    """Answer a query within one thread: a result may not be asked on from another one.

    Serialising and parsing again evaluates outside the GIL, which iterating does not.
    """
    found = store.query(query, use_default_graph_as_union=True)
    if not isinstance(found, ox.QuerySolutions):
        raise TypeError("only a SELECT query has solutions")
    form = ox.QueryResultsFormat.JSON
    parsed = ox.parse_query_results(found.serialize(format=form) or b"", format=form)
    return list(parsed) if isinstance(parsed, ox.QuerySolutions) else []
