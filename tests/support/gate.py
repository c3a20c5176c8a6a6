"""The verdict of the gate on a document that is put into a graph of its own."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import Problem
from urbansdg.shapes import validate_change

_GRAPH: Final = ox.NamedNode("http://localhost:8000/graph/case")
ALLOWED: Final = {
    "refuse": {"refuse"},
    "warn": {"warn"},
    "caught": {"refuse", "warn"},
    "valid": {"valid"},
}
"""The verdicts that satisfy an expected one."""


@dataclass(frozen=True)
class CaseNodes:
    """The nodes that a case changes."""

    subjects: frozenset[str]
    nameless: bool
    graphs: frozenset[str] = frozenset({_GRAPH.value})
    suspects: frozenset[str] | None = None


def gate_verdict(
    graph: ox.Store, document: Iterable[ox.Quad], accepted: Collection[str] = ()
) -> tuple[str, list[Problem]]:
    """Put a document into a graph, in place of the one before; return the verdict and the problems.

    Warnings with an accepted code do not count.
    """
    quads = [ox.Quad(quad.subject, quad.predicate, quad.object, _GRAPH) for quad in document]
    graph.remove_graph(_GRAPH)
    graph.extend(quads)
    subjects = {quad.subject for quad in quads}
    named = frozenset(node.value for node in subjects if isinstance(node, ox.NamedNode))
    report = validate_change(graph, CaseNodes(named, len(named) < len(subjects)))
    problems = [problem for problem in report.problems if problem.code not in accepted]
    return "refuse" if not report.conforms else "warn" if problems else "valid", problems
