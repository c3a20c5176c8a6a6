"""The engine that runs the compiled shapes where the data is: in an Oxigraph store."""

import os
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pyoxigraph as ox

from urbansdg.ontology.namespaces import RDFS
from urbansdg.shapes.engine.focus_nodes import has_fewer, portions
from urbansdg.shapes.engine.shacl_to_sparql import ConstraintQuery, classes, values
from urbansdg.shapes.engine.solutions import solutions
from urbansdg.shapes.model.property_paths import curie
from urbansdg.shapes.model.rdf_terms import Term
from urbansdg.shapes.model.shape_profile import ShapeProfile
from urbansdg.shapes.model.validation_report import Result

_SIDE_BY_SIDE = 200
"""Of fewer focus nodes, the queries take less time than starting threads."""

_SMALL = 2_000
"""Of a store of fewer statements, too."""

_MANY = 1_000
"""More nodes than these that a screen leaves are not named: to read their names takes longer."""

Map = Callable[..., Iterable[Any]]
"""`map`, or that of a pool of threads."""


def subclasses(store: ox.Store, profile: ShapeProfile) -> frozenset[tuple[str, str]]:
    """Return the (class, class below it) pairs of the data, for the classes of the shapes."""
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
    store: ox.Store, checks: Collection[ConstraintQuery], focus: Collection[str] | None = None
) -> list[Result]:
    """Return what the checks find in the union of the store's graphs.

    `focus` restricts them to focus nodes by IRI: a check looks up those that its target names.
    Without it, or with so many that this is faster, the screens scan the graph first, and a check
    is asked only of what its screen leaves. Many queries run side by side, as many as there are
    processors: evaluation and serialisation release the GIL.
    """
    named = None if focus is None else portions(store, focus)
    if named is None:
        found = _beside(store, checks, None)
        return found if focus is None else [each for each in found if each.focus.value in focus]
    return [result for some in named for result in _beside(store, checks, some)]


def _beside(
    store: ox.Store, checks: Collection[ConstraintQuery], focus: Collection[str] | None
) -> list[Result]:
    if has_fewer(store, _SMALL) or (focus is not None and len(focus) < _SIDE_BY_SIDE):
        return _run(store, checks, focus, map)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return _run(store, checks, focus, pool.map)


def _run(
    store: ox.Store, checks: Collection[ConstraintQuery], focus: Collection[str] | None, each: Map
) -> list[Result]:
    patterns = [_pattern(check, focus) for check in checks]
    asked = sorted({pattern for pattern in patterns if pattern})
    found = dict(zip(asked, each(partial(_nodes, store), asked), strict=True))
    named = (None if pattern is None else found[pattern] for pattern in patterns)
    left = zip(checks, named, strict=True)
    jobs = [(check, nodes) for check, nodes in left if nodes != frozenset()]
    return [result for some in each(lambda job: _answer(store, *job), jobs) for result in some]


def _pattern(check: ConstraintQuery, focus: Collection[str] | None) -> str | None:
    """Return the pattern of the nodes that a check is to be asked of, None for all of its target.

    Of a screen more nodes than `_MANY` are not worth naming; one more than these says so.
    """
    if focus is not None:
        return f"{{ SELECT DISTINCT ?this {{ {values(focus)} {check.target} }} }}"
    if check.screen is None:
        return None
    return f"{{ SELECT DISTINCT ?this {{ {check.screen} }} LIMIT {_MANY + 1} }}"


def _nodes(store: ox.Store, pattern: str) -> frozenset[str] | None:
    """Return the nodes that a pattern gives as ?this, None where they are many or have no name.

    A literal is no node that a check is asked of.
    """
    nodes = [row["this"] for row in solutions(store, f"SELECT ?this {pattern}")]
    if "LIMIT" in pattern and len(nodes) > _MANY:
        return None
    if any(isinstance(node, ox.BlankNode) for node in nodes):
        return None
    return frozenset(node.value for node in nodes if isinstance(node, ox.NamedNode))


def _answer(store: ox.Store, check: ConstraintQuery, focus: Collection[str] | None) -> list[Result]:
    return [_result(check, row) for row in solutions(store, check.query(focus))]


def _result(check: ConstraintQuery, row: ox.QuerySolution) -> Result:
    focus, value, predicate = _bound(row, "this"), _bound(row, "value"), _bound(row, "predicate")
    if focus is None:
        raise TypeError(f"{check.shape} is broken by no focus node")
    path = None if predicate is None else curie(predicate.value)
    return Result(check.shape, check.component, focus, value, path)


def _bound(row: ox.QuerySolution, name: str) -> Term | None:
    value = row[name]
    if value is None or isinstance(value, ox.NamedNode | ox.BlankNode | ox.Literal):
        return value
    raise TypeError(f"{value} is a triple term, which RDF 1.1 does not have")
