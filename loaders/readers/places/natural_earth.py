"""Reader of Natural Earth's populated places (public domain): cities of the whole world.

The source is the attribute table of `ne_10m_populated_places` in CSV. Faulty rows are skipped, each
with a warning: identifiers that two rows share, identifiers that GeoNames gives to another place
(`natural_earth_errata.csv`), places at latitude and longitude 0, places whose territory has no ISO
3166 code. Populations are not read, because they have no year.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from pathlib import Path

import pyoxigraph as ox

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.parse.facts import ReadResult, Record
from urbansdg.loaders.tables.country_names import COUNTRIES
from urbansdg.loaders.tables.csv_table import Header, header, read_table
from urbansdg.loaders.tables.field_mapping import record_fact
from urbansdg.loaders.tables.known_table import CSV_ONLY, KnownTable, columns
from urbansdg.loaders.tables.places import CITIES, city
from urbansdg.ontology.iris import Iris, slug
from urbansdg.store import Source

PUBLIC_DOMAIN = "https://creativecommons.org/publicdomain/zero/1.0/"
GRAPH = "natural-earth"
FILE = "populated_places_10m.csv"
_NAMES = {
    "NAME_DE": "de",
    "NAME_EN": "en",
    "NAME_ES": "es",
    "NAME_FR": "fr",
    "NAME_PT": "pt",
    "NAME_RU": "ru",
    "NAME_ZH": "zh",
}
_COLUMNS = header(
    "NAME NAMEASCII ADM0NAME ADM0_A3 ISO_A2 ADM1NAME LATITUDE LONGITUDE POP_MAX POP_MIN TIMEZONE"
    " GEONAMEID WIKIDATAID FEATURECLA UN_FID " + " ".join(_NAMES),
    "NAME ISO_A2 LATITUDE LONGITUDE",
)
_ERRATA = header("geonames name country really", "geonames really")
_UNDETERMINED = "und"  # BCP 47 tag of an undetermined language
RowCheck = Callable[[Record], Problem | None]


@dataclass(frozen=True, slots=True)
class NaturalEarth:
    """The reader of Natural Earth's populated places."""

    name: str = "natural-earth"
    version: str = "2"

    def reads(self, path: Path) -> bool:
        """Return whether the path is the table, or a folder with it."""
        return path.name == FILE or (path / FILE).is_file()

    def tables(self) -> tuple[KnownTable, ...]:
        """Return the table of places, which is known by its name."""
        return (
            KnownTable(
                FILE, columns(*_COLUMNS.required), _COLUMNS.columns, CSV_ONLY, is_named=True
            ),
        )

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the places; raises `SourceUnreadable`."""
        table = path / FILE if path.is_dir() else path
        source = Source(
            table.name, checksum([table]), self.name, self.version, licence=PUBLIC_DOMAIN
        )
        rows = list(read_table(table, _COLUMNS))
        read = _places(rows, context.iris)
        return write_draft(
            graph or GRAPH, read, source, context, len(rows), rows_are_independent=True
        )


def _places(rows: list[Record | Problem], iris: Iris) -> Iterator[ReadResult]:
    records = [row for row in rows if isinstance(row, Record)]
    faults = _faults(records)
    countries = _countries()
    for row in rows:
        if isinstance(row, Problem):
            yield row
            continue
        fault = next(filter(None, (find(row) for find in faults)), None)
        if fault is None:
            yield from _place(row, countries[row.text("ISO_A2")], iris)
        else:
            yield fault


def _place(record: Record, alpha3: str, iris: Iris) -> Iterator[ReadResult]:
    names = {language: record.text(column) for column, language in _NAMES.items()}
    key = _key(record, alpha3)
    known = _bundled_names().get(key, {})
    read = {language: name for language, name in names.items() if name}
    others = {language: name for language, name in read.items() if language not in known}
    alternatives = {
        language: name for language, name in read.items() if name != known.get(language, name)
    }
    cells = {
        "key": key,
        "geonames": _geonames(record),
        "wikidata": record.text("WIKIDATAID"),
        "country": alpha3,
        "latitude": record.text("LATITUDE"),
        "longitude": record.text("LONGITUDE"),
        "other": _tagged(others),
        "alternative": _tagged(alternatives),
    }
    row = Record(record.place, {column: text for column, text in cells.items() if text})
    yield from city(row, iris)
    if record.text("NAME") not in names.values():
        label = "skos:altLabel" if any(names.values()) else "skos:prefLabel"
        name = ox.Literal(record.text("NAME"), language=_UNDETERMINED)
        yield record_fact(record, iris.city(cells["key"]), label, name)


def _tagged(names: Mapping[str, str]) -> str:
    return " | ".join(f"{language}:{name}" for language, name in names.items())


def _key(record: Record, alpha3: str) -> str:
    """Return the GeoNames id, else the Wikidata id, else a key of name, country and position."""
    latitude, longitude = (float(record.text(axis)) for axis in ("LATITUDE", "LONGITUDE"))
    named = f"{slug(record.text('NAME'))}-{alpha3.lower()}-{latitude:+.2f}{longitude:+.2f}"
    return _geonames(record) or record.text("WIKIDATAID") or named


def _geonames(record: Record) -> str:
    """Return the GeoNames id of a row, which is written as a decimal: `3443013.0`.

    A number that is not positive means that there is none.
    """
    text = record.text("GEONAMEID").removesuffix(".0")
    return "" if text == "0" or text.startswith("-") else text


def _faults(records: list[Record]) -> tuple[RowCheck, ...]:
    return (
        partial(_shared_identifier, "GEONAMEID", _rows_by(records, _geonames)),
        partial(
            _shared_identifier,
            "WIKIDATAID",
            _rows_by(records, lambda row: row.text("WIKIDATAID")),
        ),
        partial(_wrong_identifier, _errata()),
        partial(_other_key, _bundled_cities()),
        _wrong_position,
        partial(_no_country, _countries()),
    )


def _rows_by(records: list[Record], key: Callable[[Record], str]) -> dict[int, tuple[str, int]]:
    """Return the rows that share an identifier, with the identifier and the other row."""
    often = {text for text, count in Counter(map(key, records)).items() if text and count > 1}
    sharing = [(key(record), record.place.row or 0) for record in records if key(record) in often]
    return {
        row: (text, next(other for again, other in sharing if again == text and other != row))
        for text, row in sharing
    }


def _shared_identifier(
    column: str, shared: dict[int, tuple[str, int]], record: Record
) -> Problem | None:
    if (record.place.row or 0) not in shared:
        return None
    identifier, other = shared[record.place.row or 0]
    return _omission(
        record,
        column,
        "duplicate-identifier",
        f"{record.text('NAME')} has the same identifier as row {other}: {identifier}",
        "find out whose it is, and remove it from the other row",
    )


def _wrong_identifier(errata: dict[str, str], record: Record) -> Problem | None:
    identifier = _geonames(record)
    if identifier not in errata:
        return None
    name = f"{record.text('NAME')} ({record.text('ADM0NAME')})"
    return _omission(
        record,
        "GEONAMEID",
        "wrong-identifier",
        f"{name} has the identifier of another place: GeoNames {identifier} is "
        f"{errata[identifier]}",
        "write the GeoNames id of the place itself",
    )


def _other_key(cities: dict[str, str], record: Record) -> Problem | None:
    key = cities.get(record.text("WIKIDATAID"))
    if key is None or key == _geonames(record):
        return None
    name = f"{record.text('NAME')} ({record.text('WIKIDATAID')})"
    message = f"{name} is already in the graph, with the GeoNames id {key}"
    return _omission(record, "GEONAMEID", "wrong-identifier", message, "write that id")


def _wrong_position(record: Record) -> Problem | None:
    try:
        position = float(record.text("LATITUDE")), float(record.text("LONGITUDE"))
    except ValueError:
        position = (0.0, 0.0)
    if position != (0.0, 0.0):
        return None
    message = f"{record.text('NAME')} has no plausible position"
    return _omission(record, "LATITUDE", "wrong-coordinates", message, "write its position")


def _no_country(countries: dict[str, str], record: Record) -> Problem | None:
    if record.text("ISO_A2") in countries:
        return None
    message = f"{record.text('ADM0NAME')} has no ISO 3166 code"
    return _omission(record, "ISO_A2", "unknown-country", message, "write the code of a country")


def _omission(record: Record, column: str, code: str, message: str, remedy: str) -> Problem:
    place = Place(record.place.file, row=record.place.row, column=column)
    remedy = f"The row was ignored; to load it, {remedy}."
    return Problem(code, f"{message}.", remedy, place, Severity.WARNING, record.text(column))


def _countries() -> dict[str, str]:
    """Return the alpha-3 codes of the countries by alpha-2 code."""
    return _column("countries.csv", COUNTRIES, "alpha2", "alpha3")


def _bundled_cities() -> dict[str, str]:
    """Return the keys of the bundled cities by Wikidata id."""
    return _column("cities.csv", CITIES, "wikidata", "key")


@cache
def _bundled_names() -> dict[str, dict[str, str]]:
    """Return the names of the bundled cities by key and language.

    They are the preferred labels, so that another name of the table is an alternative one.
    """
    table = read_table(files("urbansdg.data").joinpath("cities.csv"), CITIES)
    return {
        record.text("key"): {
            language: record.text(language) for language in _NAMES.values() if record.text(language)
        }
        for record in table
        if isinstance(record, Record)
    }


def _errata() -> dict[str, str]:
    """Return the true places of GeoNames ids that are wrong in this table."""
    return _column("natural_earth_errata.csv", _ERRATA, "geonames", "really")


def _column(name: str, form: Header, key: str, value: str) -> dict[str, str]:
    table = read_table(files("urbansdg.data").joinpath(name), form)
    records = (row for row in table if isinstance(row, Record))
    return {record.text(key): record.text(value) for record in records if record.text(key)}


READER = NaturalEarth()
