"""Reader of OpenClimate's matches from UN/LOCODE to Wikidata: codes for cities in the graph.

Only cities in the graph that have a Wikidata item get a code. An item with several codes is
ambiguous; it is skipped with a warning, and so is a code of another country than the city's.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import Problem, Severity
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.gazetteer.city_gazetteer import City
from urbansdg.loaders.parse.facts import ReadResult, Record
from urbansdg.loaders.tables.country_names import alpha3_of
from urbansdg.loaders.tables.csv_table import Header, bundled_records, read_table
from urbansdg.loaders.tables.field_mapping import record_fact
from urbansdg.loaders.tables.known_table import CSV_ONLY, KnownTable, columns
from urbansdg.loaders.tables.places import CITIES
from urbansdg.store import Source

_CODE, _ITEM = "LOCODE", "wikidata_id"
_COLUMNS: Final = Header((_CODE, _ITEM, "distance"), (_CODE, _ITEM))
_APACHE: Final = "https://spdx.org/licenses/Apache-2.0"


@dataclass(frozen=True, slots=True)
class UnlocodeLinks:
    """The reader of a folder of `match*.csv`."""

    name: str = "unlocode-links"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Return whether the path is a folder of matches."""
        return path.is_dir() and any(map(_is_match, path.glob("match*.csv")))

    def tables(self) -> tuple[KnownTable, ...]:
        """Return a table of matches."""
        return (
            KnownTable("match*.csv", columns(_CODE, _ITEM), ("distance",), CSV_ONLY, is_named=True),
        )

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the codes of the graph's cities; raises `SourceUnreadable`."""
        tables = sorted(filter(_is_match, path.glob("match*.csv")))
        source = Source(path.name, checksum(tables), self.name, self.version, licence=_APACHE)
        cities = {city.wikidata: city for city in context.gazetteer().cities if city.wikidata}
        rows = [row for table in tables for row in read_table(table, _COLUMNS)]
        results = _codes(rows, cities, context)
        draft = write_draft(
            graph or self.name, results, source, context, len(rows), rows_are_independent=True
        )
        known = str(sorted(cities))
        return replace(draft, source=replace(draft.source, context=_hash(known)))


def _hash(text: str) -> str:
    """Return a hash of the known cities: with more cities, the same codes give more triples."""
    return sha256(text.encode()).hexdigest()


def _is_match(table: Path) -> bool:
    with table.open("rb") as file:
        return file.readline(100).strip().startswith(f"{_CODE},{_ITEM}".encode())


def _codes(
    rows: list[Record | Problem], cities: Mapping[str, City], context: ReadContext
) -> Iterator[ReadResult]:
    by_item: dict[str, list[Record]] = defaultdict(list)
    for row in rows:
        if isinstance(row, Problem):
            yield row
        else:
            by_item[row.text(_ITEM)].append(row)
    coded = _cities_with_code()
    for item, records in by_item.items():
        codes = {record.text(_CODE) for record in records}
        city = cities.get(item)
        if len(codes) > 1:
            yield _omission(
                records[0], "several-codes", f"{item} has several codes: {sorted(codes)}"
            )
        elif city is None or city.key in coded:
            continue
        elif alpha3_of(records[0].text(_CODE)[:2]) != city.country:
            yield _omission(records[0], "wrong-country", f"{city} is in another country")
        else:
            iri = context.iris.city(city.key)
            yield record_fact(records[0], iri, "usdg:unLocode", ox.Literal(records[0].text(_CODE)))


def _omission(record: Record, code: str, why: str) -> Problem:
    return Problem(
        code,
        f"{why}; {record.text(_CODE)} was ignored.",
        "Look the city up in UN/LOCODE, and write its code to cities.csv.",
        record.at(_CODE),
        Severity.WARNING,
        record.text(_CODE),
    )


def _cities_with_code() -> set[str]:
    """Return the keys of the bundled cities, which already have codes."""
    rows = bundled_records("cities.csv", CITIES)
    return {row.text("key") for row in rows if row.text("unlocode")}


READER = UnlocodeLinks()
