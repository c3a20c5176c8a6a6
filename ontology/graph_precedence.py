"""The published order of graphs: whose fact pages and search prefer, of several sources of one.

The order changes no graph: each keeps the facts of its own source, and a query finds all of them.
"""

from functools import lru_cache
from typing import Final

ORDER: Final[tuple[tuple[str, ...], ...]] = (
    ("un-sdg-kos",),
    (),
    ("ontology", "sdg", "countries", "cities", "policies", "example"),
    ("country-codes", "unlocode-links", "natural-earth"),
)
"""The graphs by name, first those that are preferred.

The UN's vocabulary; then every graph that the order does not name, such as a city's own; then the
bundled data; then gazetteers and links of the whole world.
"""

OTHERS: Final = next(place for place, names in enumerate(ORDER, 1) if not names)
"""The place of the graphs that the order does not name."""

_PLACES: Final = {name: place for place, names in enumerate(ORDER, 1) for name in names}


@lru_cache(maxsize=4096)
def precedence(graph: str) -> int:
    """Return the place of a graph, given by its IRI, in the order: 1 is the first."""
    return _PLACES.get(graph.rpartition("/graph/")[2], OTHERS)
