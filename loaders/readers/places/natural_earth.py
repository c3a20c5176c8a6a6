"""Reader of Natural Earth's populated places (public domain): cities of the whole world.

The source is the attribute table of `ne_10m_populated_places` in CSV. Wrong and shared identifiers
are corrected or left out, each with a note (`gazetteer/natural_earth_rows.py`). A row is skipped
with a warning if it has no identifier of its own, latitude and longitude 0, or a territory without
an ISO 3166 code. Populations are not read, because they have no year.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyoxigraph as ox

from urbansdg.errors import Problem
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.gazetteer.city_gazetteer import UNDETERMINED
from urbansdg.loaders.gazetteer.natural_earth_rows import NaturalEarthRow, identified_rows
from urbansdg.loaders.parse.facts import ReadResult, Record
from urbansdg.loaders.tables.csv_table import bundled_records, header, read_table
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


@dataclass(frozen=True, slots=True)
class NaturalEarth:
    """The reader of Natural Earth's populated places."""

    name: str = "natural-earth"
    version: str = "3"

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
    yield from (row for row in rows if isinstance(row, Problem))
    for row in identified_rows(row for row in rows if isinstance(row, Record)):
        if isinstance(row, Problem):
            yield row
        else:
            yield from _city(row, iris)


def _city(row: NaturalEarthRow, iris: Iris) -> Iterator[ReadResult]:
    names = _names(row.record)
    key = _key(row)
    known = _bundled_names().get(key, {})
    others = {language: name for language, name in names.items() if language not in known}
    alternatives = [
        (language, name) for language, name in names.items() if name != known.get(language, name)
    ]
    preferred = {*known.items(), *others.items()}
    for duplicate in row.duplicates:
        own = (*_names(duplicate).items(), (UNDETERMINED, duplicate.text("NAME")))
        alternatives += [name for name in own if name not in preferred]
    cells = {
        "key": key,
        "geonames": row.geonames,
        "wikidata": row.item,
        "country": row.country,
        "latitude": row.record.text("LATITUDE"),
        "longitude": row.record.text("LONGITUDE"),
        "other": _tagged(others.items()),
        "alternative": _tagged(dict.fromkeys(alternatives)),
    }
    filled = {column: text for column, text in cells.items() if text}
    yield from city(Record(row.record.place, filled), iris)
    if row.record.text("NAME") not in names.values():
        label = "skos:altLabel" if names else "skos:prefLabel"
        name = ox.Literal(row.record.text("NAME"), language=UNDETERMINED)
        yield record_fact(row.record, iris.city(key), label, name)


def _names(record: Record) -> dict[str, str]:
    """Return the names of a place by language."""
    names = {language: record.text(column) for column, language in _NAMES.items()}
    return {language: name for language, name in names.items() if name}


def _tagged(names: Iterable[tuple[str, str]]) -> str:
    return " | ".join(f"{language}:{name}" for language, name in names)


def _key(row: NaturalEarthRow) -> str:
    """Return the GeoNames id, else the Wikidata id, else a key of name, country and position."""
    latitude, longitude = row.position
    named = f"{slug(row.name)}-{row.country.lower()}-{latitude:+.2f}{longitude:+.2f}"
    return row.geonames or row.item or named


@cache
def _bundled_names() -> dict[str, dict[str, str]]:
    """Return the names of the bundled cities by key and language.

    They are the preferred labels, so that another name of the table is an alternative one.
    """
    return {
        record.text("key"): {
            language: record.text(language) for language in _NAMES.values() if record.text(language)
        }
        for record in bundled_records("cities.csv", CITIES)
    }


READER = NaturalEarth()
