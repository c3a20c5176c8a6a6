"""What the columns of a result are: things, numbers, years, days, coordinates, texts.

A column is of the kind of all its values. The rules are simple enough to say in a sentence each,
because a person has to guess from the columns which views there will be.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from pyoxigraph import Literal as RdfLiteral
from pyoxigraph import NamedNode

from urbansdg.endpoint.results.result_table import ResultTable, ResultTerm
from urbansdg.ontology.namespaces import PREFIXES, XSD

ColumnKind = Literal[
    "empty", "thing", "number", "year", "day", "latitude", "longitude", "geometry", "text"
]

_NUMBERS: Final = frozenset(
    XSD[name]
    for name in (
        *("decimal", "integer", "double", "float", "int", "long", "short", "byte"),
        *("nonNegativeInteger", "positiveInteger", "unsignedInt", "unsignedLong"),
    )
)
_DAYS: Final = frozenset((XSD.date, XSD.dateTime, XSD.gYearMonth))
_WKT: Final = f"{PREFIXES['gsp']}wktLiteral"
_KINDS: Final[tuple[tuple[ColumnKind, frozenset[str]], ...]] = (
    ("year", frozenset((XSD.gYear,))),
    ("day", _DAYS | {XSD.gYear}),
    ("geometry", frozenset((_WKT,))),
)
_LATITUDE: Final = re.compile(r"lat(?:itude)?", re.IGNORECASE)
_LONGITUDE: Final = re.compile(r"lon(?:g(?:itude)?)?|lng", re.IGNORECASE)
_YEAR_NAME: Final = re.compile(r"(?:.*_)?(?:year|jahr|annee|ano)", re.IGNORECASE)
_FIRST_YEAR, _LAST_YEAR = 1000, 2999
_LONGEST: Final = 40
_POINT: Final = re.compile(
    r"(?:<[^>]*>\s*)?POINT\s*(?:Z\s*)?\(\s*(?P<x>-?[\d.]{1,20})\s+(?P<y>-?[\d.]{1,20})(?:\s+-?[\d.]+)?\s*\)",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column by its name, with its place in a row and its kind."""

    name: str
    index: int
    kind: ColumnKind


def columns_of(table: ResultTable) -> tuple[ResultColumn, ...]:
    """Return the columns of a table with their kinds."""
    return tuple(
        ResultColumn(name, index, _kind(name, [row[index] for row in table.rows]))
        for index, name in enumerate(table.columns)
    )


def number_of_term(term: ResultTerm) -> Decimal | None:
    """Return a finite number, None for any other term."""
    if not isinstance(term, RdfLiteral) or term.datatype.value not in _NUMBERS:
        return None
    try:
        number = Decimal(term.value) if len(term.value) <= _LONGEST else None
    except InvalidOperation:
        return None
    if number is None or not number.is_finite() or abs(number.adjusted()) > _LONGEST:
        return None
    return number


def point_of_term(term: ResultTerm) -> tuple[Decimal, Decimal] | None:
    """Return the longitude and latitude of a WKT point in CRS84, None for any other term."""
    if not isinstance(term, RdfLiteral) or term.datatype.value != _WKT:
        return None
    match = _POINT.fullmatch(term.value.strip()[:200])
    return None if match is None else place_of(match["x"], match["y"])


def place_of(longitude: str, latitude: str) -> tuple[Decimal, Decimal] | None:
    """Return a place on the earth, None for numbers that are not one."""
    try:
        place = Decimal(longitude), Decimal(latitude)
    except InvalidOperation:
        return None
    inside = all(it.is_finite() for it in place) and abs(place[0]) <= 180 and abs(place[1]) <= 90  # noqa: PLR2004  # degrees
    return place if inside else None


def _kind(name: str, terms: Sequence[ResultTerm]) -> ColumnKind:
    bound = [term for term in terms if term is not None]
    if not bound:
        return "empty"
    if all(isinstance(term, NamedNode) for term in bound):
        return "thing"
    literals = [term for term in bound if isinstance(term, RdfLiteral)]
    if len(literals) < len(bound):
        return "text"
    types = {literal.datatype.value for literal in literals}
    if types <= _NUMBERS:
        return _kind_of_numbers(name, literals)
    return next((kind for kind, datatypes in _KINDS if types <= datatypes), "text")


def _kind_of_numbers(name: str, literals: Sequence[RdfLiteral]) -> ColumnKind:
    if _LATITUDE.fullmatch(name):
        return "latitude"
    if _LONGITUDE.fullmatch(name):
        return "longitude"
    numbers = [number_of_term(literal) for literal in literals]
    is_year = all(it is not None and _FIRST_YEAR <= it <= _LAST_YEAR for it in numbers)
    return "year" if is_year and _YEAR_NAME.fullmatch(name) else "number"
