"""Convert the text of a cell to RDF terms; a text that cannot be converted becomes a problem."""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import Problem
from urbansdg.loaders.parse.calendar_dates import readings
from urbansdg.loaders.parse.facts import Cell, FactValue
from urbansdg.loaders.parse.money import read_money
from urbansdg.ontology.namespaces import PREFIXES

Terms = Iterator[FactValue | Problem]
TermConverter = Callable[[Cell], Terms]
_XSD = PREFIXES["xsd"]
WEB_ADDRESS: Final = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
"""What looks like an address on the web; `is_web_address` says whether it can be an IRI."""

_TAG = re.compile(r"([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*):(.+)", re.DOTALL)
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_SIDES = 4
_HALF_TURN, _POLE = 180, 90
_DAY = len("2026-11-23")
_DAYS = {4: "gYear", 7: "gYearMonth", 10: "date"}


def typed_literal(text: str, name: str) -> ox.Literal:
    """Return a literal of an XML Schema datatype."""
    return ox.Literal(text, datatype=_datatype(name))


@cache
def _datatype(name: str) -> ox.NamedNode:
    return ox.NamedNode(_XSD + name)


def wkt(text: str) -> ox.Literal:
    """Return a WKT geometry, by default in CRS84 with longitude first (GeoSPARQL 1.1, 8.5.1)."""
    return ox.Literal(text, datatype=ox.NamedNode(f"{PREFIXES['gsp']}wktLiteral"))


@dataclass(frozen=True, slots=True)
class LanguageText:
    """Converts a cell to a literal with a language: the one given here, or that of the record."""

    language: str | None = None

    def __call__(self, cell: Cell) -> Terms:
        """Yield the text of the cell."""
        yield ox.Literal(cell.text, language=self.language or cell.language)

    def written(self, text: str, language: str) -> str:
        """Return the text as N-Triples writes it, for a record in the given language."""
        return _literal(text, self.language or language)


@dataclass(frozen=True, slots=True)
class Plain:
    """Converts a cell to a plain string literal."""

    def __call__(self, cell: Cell) -> Terms:
        """Yield the text of the cell."""
        yield ox.Literal(cell.text)

    def written(self, text: str, _language: str) -> str:
        """Return the text as N-Triples writes it."""
        return _literal(text, None)


prose: Final = LanguageText()
plain: Final = Plain()


def _literal(text: str, language: str | None) -> str:
    """Write a literal. Without escapes it is written directly, which skips the engine.

    Every character that N-Triples escapes is not printable, except the quote and the backslash.
    """
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}{_end(language)}'
    return str(ox.Literal(text, language=language))


@lru_cache(maxsize=64)
def _end(language: str | None) -> str:
    return str(ox.Literal("", language=language)).removeprefix('"')


def language_tagged(cell: Cell) -> Terms:
    """Yield the texts of a list such as `pt:São Paulo | tr:İstanbul`."""
    for item in cell.parts():
        match = _TAG.fullmatch(item.text)
        if match:
            yield ox.Literal(match[2].strip(), language=match[1].lower())
        else:
            yield item.problem(
                "no-language",
                f"{item.text!r} has no language tag.",
                "Write the language code and a colon before the name: `pt:São Paulo`.",
            )


def decimal(cell: Cell) -> Terms:
    """Yield a decimal number: digits, and an optional fraction after a point."""
    if _DECIMAL.fullmatch(cell.text):
        yield typed_literal(cell.text, "decimal")
        return
    money = read_money(cell.text, cell.language)
    remedy = "Write digits only, with a point before the fraction: 1234567.89."
    if money is not None:
        remedy = f"Write {' or '.join(money.numbers)}: digits only, a point before the fraction."
    yield cell.problem("bad-number", f"{cell.text!r} is not a number.", remedy)


def boxes(cell: Cell) -> Terms:
    """Yield boxes (west, south, east, north), such as `-61.6 16.2 -61.4 16.3`, as one geometry."""
    sides = [[_degrees(side) for side in item.text.split()] for item in cell.parts()]
    if all(map(_is_box, sides)):
        yield wkt(f"MULTIPOLYGON({','.join(f'(({_ring(*ring)}))' for ring in sides)})")
    else:
        yield cell.problem(
            "bad-extent",
            f"{cell.text!r} is not a list of bounding boxes.",
            "Write west, south, east and north of each box in degrees: `-61.6 16.2 -61.4 16.3`.",
        )


def _degrees(text: str) -> float:
    return float(text) if re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]+)?", text) else math.nan


def _is_box(sides: list[float]) -> bool:
    """Return whether these are the sides of a box that does not cross the antimeridian."""
    if len(sides) != _SIDES:
        return False
    west, south, east, north = sides
    return -_HALF_TURN <= west < east <= _HALF_TURN and -_POLE <= south < north <= _POLE


def _ring(west: float, south: float, east: float, north: float) -> str:
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return ",".join(f"{longitude:g} {latitude:g}" for longitude, latitude in corners)


def whole(cell: Cell) -> Terms:
    """Yield a whole number that is not negative."""
    if re.fullmatch(r"[0-9]{1,18}", cell.text):
        yield typed_literal(cell.text, "integer")
    else:
        yield cell.problem(
            "bad-number", f"{cell.text!r} is not a whole number.", "Write digits only: 1234567."
        )


def head_count(cell: Cell) -> Terms:
    """Yield a number of people as a decimal, the datatype of the values of observations."""
    for value in whole(cell):
        yield value if isinstance(value, Problem) else typed_literal(cell.text, "decimal")


def year(cell: Cell) -> Terms:
    """Yield a year of four digits."""
    if re.fullmatch(r"[0-9]{4}", cell.text):
        yield typed_literal(cell.text, "gYear")
    else:
        years = dict.fromkeys(day[:4] for day in readings(cell.text, cell.language))
        remedy = f"Write {' or '.join(years)}." if years else "Write four digits: 2026."
        yield cell.problem("bad-year", f"{cell.text!r} is not a year.", remedy)


def day(cell: Cell) -> Terms:
    """Yield a year, a month of a year, or a day, with the precision of the source."""
    literal = date_literal(cell.text)
    if literal is not None:
        yield literal
    else:
        yield cell.problem("bad-date", f"{cell.text!r} is not a calendar date.", _dates_meant(cell))


def _dates_meant(cell: Cell) -> str:
    """Return the remedy for a text that is not a date in ISO 8601: the dates that it can mean."""
    dates = readings(cell.text, cell.language)
    if dates:
        return f"Write {' or '.join(dates)}."
    return "Write 2026, 2026-11 or 2026-11-23, as precisely as known."


def date_literal(text: str) -> ox.Literal | None:
    """Return a year, a month or a day in ISO 8601 as a literal; None if the calendar lacks it."""
    if not _DATE.fullmatch(text):
        return None
    try:
        date.fromisoformat((text + "-01-01")[:_DAY])
    except ValueError:
        return None
    return typed_literal(text, _DAYS[len(text)])


def is_web_address(text: str) -> bool:
    """Return whether a text is an address on the web that can be an IRI (RFC 3987)."""
    if not WEB_ADDRESS.fullmatch(text):
        return False
    try:
        ox.NamedNode(text)
    except ValueError:  # `http://[host`, `https://host/100%`
        return False
    return True


def link(cell: Cell) -> Terms:
    """Yield the web addresses of a list as IRIs."""
    for item in cell.parts():
        if is_web_address(item.text):
            yield ox.NamedNode(item.text)
        else:
            yield item.problem(
                "bad-link",
                f"{item.text!r} is not a web address.",
                "Write the full address without spaces, starting with https:// or http://.",
            )


def iri_converter(mint: Callable[[str], str], pattern: str = r".+") -> TermConverter:
    """Return a converter of a list of keys, each of which must match the pattern, to IRIs."""
    form = re.compile(pattern)

    def make(cell: Cell) -> Terms:
        for item in cell.parts():
            if form.fullmatch(item.text):
                yield ox.NamedNode(mint(item.text))
            else:
                yield item.problem(
                    "bad-key",
                    f"{item.text!r} is not a valid key for this column.",
                    "See data/README.md for the values of this column.",
                )

    return make
