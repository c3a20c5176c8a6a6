"""The rows of Natural Earth's populated places, with identifiers that are right.

Some rows have the identifier of another place (`natural_earth_errata.csv`), or share one. A row is
loaded by the identifiers that are its own: a corrected one, the other one, or that of the same city
in the bundled data. Rows that are one place become one city with the names of all. A row without an
identifier of its own is left out.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from typing import Final

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.parse.facts import Record
from urbansdg.loaders.tables.country_names import alpha3_of
from urbansdg.loaders.tables.csv_table import bundled_records, header
from urbansdg.loaders.tables.places import CITIES

_ERRATA: Final = header("geonames wikidata name country really right", "name really")
_GEONAMES, _ITEM = "GEONAMEID", "WIKIDATAID"
_CAPITAL: Final = "Admin-0 capital"
_NEAR_KM: Final = 30.0
"""The largest distance of two positions of one place; the names of most differ in spelling only."""

_EARTH_KM: Final = 6371.0


@dataclass(frozen=True, slots=True)
class NaturalEarthRow:
    """A row: its country (alpha-3), its identifiers, and the rows that are the same place."""

    record: Record
    country: str
    geonames: str
    item: str
    duplicates: tuple[Record, ...] = ()

    @property
    def number(self) -> int:
        """The number of the row in the table."""
        return self.record.place.row or 0

    @property
    def name(self) -> str:
        """The name of the place."""
        return self.record.text("NAME").strip()

    @property
    def position(self) -> tuple[float, float]:
        """Latitude and longitude in degrees."""
        return float(self.record.text("LATITUDE")), float(self.record.text("LONGITUDE"))

    def is_at(self, other: "NaturalEarthRow") -> bool:
        """Return whether another row is the same place: near, and in the same country."""
        return self.country == other.country and _distance(self.position, other.position) < _NEAR_KM


def identified_rows(records: Iterable[Record]) -> Iterator[NaturalEarthRow | Problem]:
    """Yield the rows with identifiers of their own, and problems about the others."""
    rows: list[NaturalEarthRow] = []
    for record in records:
        row = _positioned(record)
        if isinstance(row, Problem):
            yield row
            continue
        corrected, notes = _corrected(row)
        yield from notes
        if corrected is not None:
            rows.append(corrected)
    for step in (_with_own_geonames, _with_own_item):
        remaining: list[NaturalEarthRow] = []
        for outcome in step(rows):
            if isinstance(outcome, Problem):
                yield outcome
            else:
                remaining.append(outcome)
        rows = sorted(remaining, key=lambda row: row.number)
    yield from rows


def _positioned(record: Record) -> NaturalEarthRow | Problem:
    try:
        position = float(record.text("LATITUDE")), float(record.text("LONGITUDE"))
    except ValueError:
        position = (0.0, 0.0)
    if position == (0.0, 0.0):
        return _left_out(
            record, "LATITUDE", "wrong-coordinates", "it has no plausible position", "its position"
        )
    code = record.text("ISO_A2")
    country = alpha3_of(code) if len(code) == len("KR") else None
    if country is None:
        why = f"{record.text('ADM0NAME')} has no ISO 3166 code"
        return _left_out(record, "ISO_A2", "unknown-country", why, "the code of a country")
    text = record.text(_GEONAMES).removesuffix(".0")
    # a number that is not positive means that there is none
    geonames = "" if text == "0" or text.startswith("-") else text
    return NaturalEarthRow(record, country, geonames, record.text(_ITEM))


def _corrected(row: NaturalEarthRow) -> tuple[NaturalEarthRow | None, list[Problem]]:
    """Return the row without identifiers of other places, and a note on each correction."""
    notes: list[Problem] = []
    subject = f"{row.name} ({row.record.text('ADM0NAME')})"
    wrong = _erratum(row.geonames, row)
    if wrong is not None:
        why = f"{subject} has the identifier of another place: GeoNames {row.geonames} is "
        row = replace(row, geonames=wrong.text("right"))
        if not row.geonames and (not row.item or _erratum(row.item, row)):
            return None, [
                _left_out(
                    row.record, _GEONAMES, "wrong-identifier",
                    f"its GeoNames id is that of {wrong.text('really')}", "its own GeoNames id",
                )
            ]  # fmt: skip
        own = f"GeoNames {row.geonames}" if row.geonames else f"Wikidata {row.item}"
        notes.append(_note(row, _GEONAMES, "wrong-identifier", f"{why}{wrong.text('really')}", own))
    wrong = _erratum(row.item, row)
    if wrong is not None:
        why = f"{subject} has the Wikidata item of {wrong.text('really')}: {row.item}"
        row = replace(row, item="")
        notes.append(_note(row, _ITEM, "wrong-identifier", why, _own_identifier(row)))
    key = _bundled_cities().get(row.item)
    if key is not None and key != row.geonames:
        why = f"{row.name} ({row.item}) is already in the graph, with the GeoNames id {key}"
        row = replace(row, geonames=key)
        notes.append(_note(row, _GEONAMES, "wrong-identifier", why, f"GeoNames {key}"))
    return row, notes


def _own_identifier(row: NaturalEarthRow) -> str:
    if row.geonames:
        return f"GeoNames {row.geonames}"
    return f"Wikidata {row.item}" if row.item else "its name and position"


def _with_own_geonames(rows: list[NaturalEarthRow]) -> Iterator[NaturalEarthRow | Problem]:
    """Yield the rows; of those with one GeoNames id, one that has the names of all."""
    yield from (row for row in rows if not row.geonames)
    for identifier, group in _groups(rows, lambda row: row.geonames):
        if all(one.is_at(other) for one, other in combinations(group, 2)):
            yield from _merged(group, _GEONAMES, identifier)
            continue
        for row in group:
            yield _share_note(row, group, _GEONAMES, identifier)
            yield replace(row, geonames="")


def _with_own_item(rows: list[NaturalEarthRow]) -> Iterator[NaturalEarthRow | Problem]:
    """Yield the rows; of those with one Wikidata item, only a single place keeps it."""
    yield from (row for row in rows if not row.item)
    for item, group in _groups(rows, lambda row: row.item):
        named = [row for row in group if row.geonames]
        if len(named) <= 1 and all(one.is_at(other) for one, other in combinations(group, 2)):
            yield from _merged(group, _ITEM, item)
            continue
        for row in group:
            if row.geonames:
                yield _share_note(row, group, _ITEM, item)
                yield replace(row, item="")
            else:
                why = f"{item} is also the identifier of row {_other(row, group).number}"
                yield _left_out(
                    row.record, _ITEM, "duplicate-identifier", why, "its own Wikidata id"
                )


def _groups(
    rows: list[NaturalEarthRow], key: Callable[[NaturalEarthRow], str]
) -> Iterator[tuple[str, list[NaturalEarthRow]]]:
    groups: dict[str, list[NaturalEarthRow]] = defaultdict(list)
    for row in rows:
        if key(row):
            groups[key(row)].append(row)
    yield from groups.items()


def _merged(
    group: list[NaturalEarthRow], column: str, identifier: str
) -> Iterator[NaturalEarthRow | Problem]:
    """Yield the row with a GeoNames id, or else the most people, with the names of the others."""
    main = max(group, key=lambda row: (bool(row.geonames), row.item != "", _people(row)))
    others = [row for row in group if row is not main]
    same = tuple(record for row in others for record in (row.record, *row.duplicates))
    yield replace(main, duplicates=(*main.duplicates, *same))
    for row in others:
        yield Problem(
            "duplicate-identifier",
            f"{row.name} has the same identifier as row {main.number}, and is the same place: "
            f"{identifier}.",
            f"No action is needed: its names were added to those of {main.name}.",
            _place(row.record, column),
            Severity.INFO,
            identifier,
        )


def _people(row: NaturalEarthRow) -> float:
    try:
        return float(row.record.text("POP_MAX"))
    except ValueError:
        return 0.0


def _other(row: NaturalEarthRow, group: list[NaturalEarthRow]) -> NaturalEarthRow:
    return next(other for other in group if other is not row)


def _share_note(
    row: NaturalEarthRow, group: list[NaturalEarthRow], column: str, identifier: str
) -> Problem:
    other = _other(row, group)
    why = f"{row.name} has the same identifier as row {other.number}: {identifier}"
    own = replace(row, geonames="") if column == _GEONAMES else replace(row, item="")
    return _note(row, column, "duplicate-identifier", why, _own_identifier(own))


def _note(row: NaturalEarthRow, column: str, code: str, why: str, own: str) -> Problem:
    return Problem(
        code,
        f"{why}. It was loaded by {own}.",
        "No action is needed, unless that is another place.",
        _place(row.record, column),
        Severity.INFO,
        row.record.text(column),
    )


def _left_out(record: Record, column: str, code: str, why: str, what: str) -> Problem:
    name, country = record.text("NAME").strip(), record.text("ADM0NAME")
    subject = f"{name}, a capital of {country}," if _is_capital(record) else f"{name} ({country})"
    return Problem(
        code,
        f"{subject} was left out: {why}.",
        f"To load it, write {what}.",
        _place(record, column),
        Severity.WARNING,
        record.text(column),
    )


def _is_capital(record: Record) -> bool:
    return record.text("FEATURECLA").startswith(_CAPITAL)


def _place(record: Record, column: str) -> Place:
    return Place(record.place.file, row=record.place.row, column=column)


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance of two positions in kilometres, on a sphere."""
    (north, east), (to_north, to_east) = (map(math.radians, place) for place in (one, other))
    return _EARTH_KM * math.acos(
        min(
            1.0,
            math.sin(north) * math.sin(to_north)
            + math.cos(north) * math.cos(to_north) * math.cos(east - to_east),
        )
    )


def _erratum(identifier: str, row: NaturalEarthRow) -> Record | None:
    """Return the erratum of an identifier that is wrong in this row.

    The name may have another spelling in another edition of the table, if the right id is known.
    """
    for erratum in _errata().get(identifier, ()):
        is_in_country = erratum.text("country") == row.country
        if erratum.text("name") == row.name or (is_in_country and erratum.text("right")):
            return erratum
    return None


@cache
def _errata() -> Mapping[str, Sequence[Record]]:
    """Return the errata by the wrong identifier."""
    errata: dict[str, list[Record]] = defaultdict(list)
    for row in bundled_records("natural_earth_errata.csv", _ERRATA):
        errata[row.text("geonames") or row.text("wikidata")].append(row)
    return errata


@cache
def _bundled_cities() -> Mapping[str, str]:
    """Return the keys of the bundled cities by Wikidata id."""
    return {
        row.text("wikidata"): row.text("key")
        for row in bundled_records("cities.csv", CITIES)
        if row.text("wikidata")
    }
