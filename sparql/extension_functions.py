"""The functions beyond those of SPARQL 1.1 that a query may call.

They are the engine's: casts to the types of XML Schema that SPARQL 1.1 (section 17.5) leaves out,
and those of OGC GeoSPARQL 1.1 (22-047r1, clauses 9 and 10) that it has.
"""

import re
from typing import Final

from urbansdg.ontology.namespaces import GEOSPARQL_FUNCTION, PREFIXES

_CASTS: Final = (
    *("date", "time", "duration", "dayTimeDuration", "yearMonthDuration"),
    *("gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay"),
)
_RELATIONS: Final = {
    "sf": (
        *("Equals", "Disjoint", "Intersects", "Touches"),
        *("Crosses", "Within", "Contains", "Overlaps"),
    ),
    "eh": (
        *("Equals", "Disjoint", "Meet", "Overlap"),
        *("Covers", "CoveredBy", "Inside", "Contains"),
    ),
    "rcc8": ("eq", "dc", "ec", "po", "tppi", "tpp", "ntpp", "ntppi"),
}
_GEOMETRY: Final = (
    *("distance", "envelope", "centroid", "convexHull", "isEmpty", "isSimple", "dimension"),
    *("coordinateDimension", "getSRID", "asGeoJSON"),
    *("union", "intersection", "difference", "symDifference"),
)

FUNCTIONS: Final = (
    *(f"{PREFIXES['xsd']}{name}" for name in _CASTS),
    *(f"{GEOSPARQL_FUNCTION}{name}" for name in _GEOMETRY),
    *(
        f"{GEOSPARQL_FUNCTION}{family}{name}"
        for family, names in _RELATIONS.items()
        for name in names
    ),
)
"""Their IRIs."""

_MISSING: Final = re.compile(r"The custom function (.*) is not supported", re.DOTALL)


def missing_function(message: str) -> str | None:
    """Return the IRI of the function that the engine reports as missing, None for other errors."""
    match = _MISSING.fullmatch(message)
    return None if match is None else match[1]
