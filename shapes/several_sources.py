"""One fact from several sources: a name or a position that graphs of different precedence give.

Each graph keeps the fact of its own source, and readers prefer one by the published order. So the
union of the graphs may have two latitudes of a city, one of the city and one of a gazetteer. What
one graph says twice, or two graphs of the same place in the order, is still a mistake.
"""

from collections import defaultdict
from typing import Final

import pyoxigraph as ox

from urbansdg.ontology.graph_precedence import POSITIONS, precedence
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.shapes.model.property_paths import curie
from urbansdg.shapes.model.validation_report import Result

_COUNTING: Final = frozenset({"MaxCount", "UniqueLang"})
_NAMES: Final = (
    ox.NamedNode(f"{PREFIXES['skos']}prefLabel"),
    ox.NamedNode(f"{PREFIXES['usdg']}shortName"),
)
_PATHS: Final = {curie(predicate.value): predicate for predicate in (*_NAMES, *POSITIONS)}


def is_preferred(store: RdfDataset, result: Result, path: str | None) -> bool:
    """Return whether a result only counts values between which the order of graphs decides.

    `path` is the path of the result in readable form.
    """
    predicate = _PATHS.get(path or "")
    if predicate is None or result.component not in _COUNTING:
        return False
    values: dict[tuple[int, str | None], set[ox.Literal | ox.NamedNode]] = defaultdict(set)
    for quad in store.quads_for_pattern(_node(result), predicate, None, None):
        graph, value = quad.graph_name, quad.object
        if not isinstance(graph, ox.NamedNode) or not isinstance(value, ox.Literal | ox.NamedNode):
            return False
        language = value.language if isinstance(value, ox.Literal) else None
        tag = language.lower() if language and result.component == "UniqueLang" else None
        values[precedence(graph.value), tag].add(value)
    return all(len(values_of_place) == 1 for values_of_place in values.values())


def _node(result: Result) -> ox.NamedNode | ox.BlankNode | None:
    return result.focus if isinstance(result.focus, ox.NamedNode | ox.BlankNode) else None
