"""The engine that runs the compiled shapes where the data is: in an Oxigraph store."""

import os
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pyoxigraph as ox

from urbansdg.shapes.compiler import Check, classes
from urbansdg.shapes.paths import curie
from urbansdg.shapes.profile import Profile
from urbansdg.shapes.report import Result
from urbansdg.shapes.terms import Term

_SIDE_BY_SIDE = 200
"""Of fewer focus nodes, the queries take less time than starting threads."""


def subclasses(store: ox.Store, profile: Profile) -> frozenset[tuple[str, str]]:
    """Return the (class, class below it) pairs of the data, for the classes of the shapes."""
    named = " ".join(f"<{iri}>" for iri in classes(profile))
    below = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>+"
    rows = _rows(store, f"SELECT ?c ?s WHERE {{ VALUES ?c {{ {named} }} ?s {below} ?c }}")
    pairs = ((row["c"], row["s"]) for row in rows)
    return frozenset(
        (above.value, sub.value)
        for above, sub in pairs
        if isinstance(above, ox.NamedNode) and isinstance(sub, ox.NamedNode) and above != sub
    )


def run(
    store: ox.Store, checks: Collection[Check], focus: Collection[str] | None = None
) -> list[Result]:
    """Return what the checks find in the union of the store's graphs.

    `focus` restricts them to focus nodes by IRI. Without it the queries run side by side, as many
    as there are processors: evaluation and serialisation release the GIL.
    """
    answer = partial(_answer, store, focus)
    if focus is not None and len(focus) < _SIDE_BY_SIDE:
        return [result for check in checks for result in answer(check)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [result for found in pool.map(answer, checks) for result in found]


def _answer(store: ox.Store, focus: Collection[str] | None, check: Check) -> list[Result]:
    return [_result(check, row) for row in _rows(store, check.query(focus))]


def _result(check: Check, row: ox.QuerySolution) -> Result:
    focus, value, predicate = _bound(row, "this"), _bound(row, "value"), _bound(row, "predicate")
    if focus is None or isinstance(focus, ox.Literal):
        raise TypeError(f"{check.shape} has the focus node {focus}, which no triple can describe")
    path = None if predicate is None else curie(predicate.value)
    return Result(check.shape, check.component, focus, value, path)


def _bound(row: ox.QuerySolution, name: str) -> Term | None:
    value = row[name]
    if value is None or isinstance(value, ox.NamedNode | ox.BlankNode | ox.Literal):
        return value
    raise TypeError(f"{value} is a triple term, which RDF 1.1 does not have")


def _rows(store: ox.Store, query: str) -> list[ox.QuerySolution]:
    """Answer a query within one thread: a result may not be asked on from another one.

    Serialising and parsing again evaluates outside the GIL, which iterating does not.
    """
    solutions = store.query(query, use_default_graph_as_union=True)
    if not isinstance(solutions, ox.QuerySolutions):
        raise TypeError("a check is a SELECT query")
    form = ox.QueryResultsFormat.JSON
    parsed = ox.parse_query_results(solutions.serialize(format=form) or b"", format=form)
    return list(parsed) if isinstance(parsed, ox.QuerySolutions) else []
