"""A small change as one SPARQL update, statement by statement, for an engine that has the rest."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Final

import pyoxigraph as ox

from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.store.engine import dialects

LARGEST_DELTA: Final = dialects.MOST_STATEMENTS
"""A change of more statements is brought into an engine by whole graphs."""


def update_to(
    state: RdfDataset, different: Collection[ox.Quad] | None, emptied: Iterable[str]
) -> str | None:
    """Return the update that makes of the state before one where `different` is as it is now.

    It ends by dropping the graphs that are `emptied`, for an engine may keep them without a
    statement. None where statements have no spelling that every engine reads the same, where they
    are too many, too long, or not known.
    """
    if different is None or len(different) > LARGEST_DELTA or not all(map(_is_plain, different)):
        return None
    new = [quad for quad in different if quad in state]
    gone = [quad for quad in different if quad not in state]
    steps = [
        *_data("DELETE DATA", gone),
        *_data("INSERT DATA", new),
        *(f"DROP SILENT GRAPH {ox.NamedNode(name)}" for name in sorted(emptied)),
    ]
    text = " ;\n".join(steps)
    return text if len(text.encode()) <= dialects.MOST_BYTES else None


def _data(operation: str, quads: Iterable[ox.Quad]) -> Iterator[str]:
    graphs = defaultdict[str, list[str]](list)
    for quad in quads:
        graphs[str(quad.graph_name)].append(f"{quad.triple} .")
    for graph, triples in sorted(graphs.items()):
        lines = "\n".join(sorted(triples))
        yield f"{operation} {{ GRAPH {graph} {{\n{lines}\n}} }}"


def _is_plain(quad: ox.Quad) -> bool:
    """Tell whether a statement can be named to an engine: blank nodes and nested triples cannot."""
    return (
        isinstance(quad.graph_name, ox.NamedNode)
        and isinstance(quad.subject, ox.NamedNode)
        and isinstance(quad.object, ox.NamedNode | ox.Literal)
        and dialects.is_read_alike(str(quad.object))
    )
