"""The compiled engine: evaluates compiled shapes in the Oxigraph store that has the data."""

import os
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pyoxigraph as ox

from urbansdg.ontology.namespaces import RDFS
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.shapes.engine.focus_nodes import has_fewer, portions, values
from urbansdg.shapes.engine.shacl_to_sparql import ConstraintQuery, classes
from urbansdg.shapes.engine.solutions import solutions
from urbansdg.shapes.model.property_paths import curie
from urbansdg.shapes.model.rdf_terms import Term
from urbansdg.shapes.model.shape_profile import ShapeProfile
from urbansdg.shapes.model.validation_report import Result

_SIDE_BY_SIDE = 200
"""With fewer focus nodes, the queries take less time than starting threads."""

_SMALL = 2_000
"""The same for stores with fewer statements."""

_MOST_NODES = 1_000
"""Nodes left by a screen up to which they are named: reading more IRIs costs more than it saves."""

Map = Callable[..., Iterable[Any]]
"""`map`, or `map` of a thread pool."""


def subclasses(store: RdfDataset, profile: ShapeProfile) -> frozenset[tuple[str, str]]:
    """Return the (class, subclass) pairs in the data, for the classes in the shapes."""
    named = " ".join(f"<{iri}>" for iri in classes(profile))
    below = f"<{RDFS.subClassOf}>+"
    rows = solutions(store, f"SELECT ?c ?s WHERE {{ VALUES ?c {{ {named} }} ?s {below} ?c }}")
    pairs = ((row["c"], row["s"]) for row in rows)
    return frozenset(
        (above.value, sub.value)
        for above, sub in pairs
        if isinstance(above, ox.NamedNode) and isinstance(sub, ox.NamedNode) and above != sub
    )


def run(
    store: RdfDataset, checks: Collection[ConstraintQuery], focus: Collection[str] | None = None
) -> list[Result]:
    """Return the results of the checks on the union of the store's graphs.

    `focus` restricts them to these focus nodes, by IRI: a check looks up those in its target.
    Without `focus`, or with so many nodes that it is faster, screens scan the graph first, and a
    check is evaluated only for the nodes that its screen leaves. Queries run in parallel, one per
    processor: evaluation and serialisation release the GIL.
    """
    named = None if focus is None else portions(store, focus)
    if named is None:
        results = _run_parallel(store, checks, None)
        return (
            results
            if focus is None
            else [result for result in results if result.focus.value in focus]
        )
    return [result for some in named for result in _run_parallel(store, checks, some)]


def _run_parallel(
    store: RdfDataset, checks: Collection[ConstraintQuery], focus: Collection[str] | None
) -> list[Result]:
    if has_fewer(store, _SMALL) or (focus is not None and len(focus) < _SIDE_BY_SIDE):
        return _run(store, checks, focus, map)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return _run(store, checks, focus, pool.map)


def _run(
    store: RdfDataset, checks: Collection[ConstraintQuery], focus: Collection[str] | None, run: Map
) -> list[Result]:
    if focus is None:
        patterns = [_screen(check) for check in checks]
    else:
        bound = values("this", focus)
        patterns = [f"{{ SELECT DISTINCT ?this {{ {bound} {check.target} }} }}" for check in checks]
    distinct = sorted({pattern for pattern in patterns if pattern})
    nodes = dict(zip(distinct, run(partial(_nodes, store), distinct), strict=True))
    named = [None if pattern is None else nodes[pattern] for pattern in patterns]
    left = zip(checks, named, strict=True)
    jobs = [(check, nodes) for check, nodes in left if nodes != frozenset()]
    return [result for some in run(lambda job: _answer(store, *job), jobs) for result in some]


def _screen(check: ConstraintQuery) -> str | None:
    """Return the pattern of the nodes that a check may report, or None for its whole target.

    It is limited to one node more than `_MOST_NODES`, which shows that there are too many to name.
    """
    if check.screen is None:
        return None
    return f"{{ SELECT DISTINCT ?this {{ {check.screen} }} LIMIT {_MOST_NODES + 1} }}"


def _nodes(store: RdfDataset, pattern: str) -> frozenset[str] | None:
    """Return the IRIs that a pattern binds to ?this; None if there are too many, or blank nodes.

    Literals are not focus nodes of a check.
    """
    nodes = [row["this"] for row in solutions(store, f"SELECT ?this {pattern}")]
    if "LIMIT" in pattern and len(nodes) > _MOST_NODES:
        return None
    if any(isinstance(node, ox.BlankNode) for node in nodes):
        return None
    return frozenset(node.value for node in nodes if isinstance(node, ox.NamedNode))


def _answer(
    store: RdfDataset, check: ConstraintQuery, focus: Collection[str] | None
) -> list[Result]:
    return [_result(check, row) for row in solutions(store, check.query(focus))]


def _result(check: ConstraintQuery, row: ox.QuerySolution) -> Result:
    focus, value, predicate = _bound(row, "this"), _bound(row, "value"), _bound(row, "predicate")
    if focus is None:
        raise TypeError(f"result without a focus node for {check.shape}")
    path = None if predicate is None else curie(predicate.value)
    return Result(check.shape, check.component, focus, value, path)


def _bound(row: ox.QuerySolution, name: str) -> Term | None:
    value = row[name]
    if value is None or isinstance(value, ox.NamedNode | ox.BlankNode | ox.Literal):
        return value
    raise TypeError(f"{value} is a triple term, which is not in RDF 1.1")
