"""Reader of the table `country-codes` (PDDL): countries with their codes in many registers.

It adds missing links to GeoNames and Wikidata; names and areas are those of the bundled data. The
table gives Wikidata's pages, the graph has the entities.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.drafts.duplicate_things import DUPLICATE
from urbansdg.loaders.parse.facts import ReadResult, Record
from urbansdg.loaders.tables.country_names import alpha3_of
from urbansdg.loaders.tables.csv_table import Header, read_table
from urbansdg.loaders.tables.known_table import CSV_ONLY, KnownTable, columns
from urbansdg.loaders.tables.places import country_links
from urbansdg.store import Source

_FILE: Final = "country-codes.csv"
_PDDL: Final = "https://opendatacommons.org/licenses/pddl/1-0/"
_ALPHA3, _GEONAMES, _WIKIDATA = "ISO3166-1-Alpha-3", "Geoname ID", "wikidata_id"


@dataclass(frozen=True, slots=True)
class CountryCodes:
    """The reader of the table."""

    name: str = "country-codes"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Return whether the path is the table, or a folder with it."""
        return path.name == _FILE or (path / _FILE).is_file()

    def tables(self) -> tuple[KnownTable, ...]:
        """Return the table, which is known by its name."""
        return (
            KnownTable(_FILE, columns(_ALPHA3, _GEONAMES, _WIKIDATA), (), CSV_ONLY, is_named=True),
        )

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the links of the countries; raises `SourceUnreadable`."""
        table = path / _FILE if path.is_dir() else path
        source = Source(table.name, checksum([table]), self.name, self.version, licence=_PDDL)
        return write_draft(
            graph or self.name,
            _links(table, context),
            source,
            context,
            None,
            rows_are_independent=True,
        )


def _links(table: Path, context: ReadContext) -> Iterator[ReadResult]:
    with table.open(encoding="utf-8-sig") as lines:
        titles = next(lines).strip().split(",")
    rows = list(read_table(table, Header(tuple(titles), (_ALPHA3,))))
    codes = Counter(row.text(_ALPHA3) for row in rows if isinstance(row, Record))
    for row in rows:
        if isinstance(row, Problem):
            yield row
        elif codes[row.text(_ALPHA3)] > 1:
            yield _repeated_country(row, rows)
        elif alpha3_of(row.text(_ALPHA3)) != row.text(_ALPHA3):
            yield _unknown_country(row)
        else:
            item = re.search(r"Q[1-9][0-9]*$", row.text(_WIKIDATA))
            cells = {
                "alpha3": row.text(_ALPHA3),
                "geonames": row.text(_GEONAMES),
                "wikidata": item[0] if item else "",
            }
            filled = {column: text for column, text in cells.items() if text}
            yield from country_links(Record(row.place, filled), context.iris)


def _repeated_country(row: Record, rows: Sequence[Record | Problem]) -> Problem:
    code = row.text(_ALPHA3)
    others = [
        str(other.place.row)
        for other in rows
        if isinstance(other, Record) and other is not row and other.text(_ALPHA3) == code
    ]
    return Problem(
        DUPLICATE,
        f"This row has the country of row {', '.join(others)}, {code}; it was left out.",
        "Keep one row for each country.",
        Place(row.place.file, row=row.place.row, column=_ALPHA3),
        Severity.WARNING,
        code,
    )


def _unknown_country(row: Record) -> Problem:
    return Problem(
        "unknown-country",
        f"Unknown country {row.text(_ALPHA3)}; the row was ignored.",
        "No action is needed, unless the country should be added to countries.csv.",
        Place(row.place.file, row=row.place.row, column=_ALPHA3),
        Severity.WARNING,
        row.text(_ALPHA3),
    )


READER = CountryCodes()
