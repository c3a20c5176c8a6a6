"""Reader of long tables and SDMX-CSV: one value per row, in CSV.

A long table has columns for city, indicator, year and value, and optionally for unit, method and
source, with titles in the languages of `column_titles.csv`. In SDMX-CSV (1.0 and 2.0 of the SDMX
technical working group) the columns are concepts: `REF_AREA` (or `CITY`), `SERIES` or `INDICATOR`,
`TIME_PERIOD`, `OBS_VALUE` and `UNIT_MEASURE`. Columns before the value are dimensions there, and
those after it are attributes.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from urbansdg.errors import Place
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.parse.statistics.column_titles import column_titles, role_spellings
from urbansdg.loaders.parse.statistics.word_lists import squeezed_key
from urbansdg.loaders.spreadsheets.csv_text import csv_rows, decode_file, delimiter, first_row
from urbansdg.loaders.statistics.sdmx_csv import sdmx_table
from urbansdg.loaders.statistics.un_sdg_records import bracketed_dimensions
from urbansdg.loaders.statistics.value_table import TableForm, ValueRow, ValueTable
from urbansdg.loaders.tables.data_cube_series import series_facts
from urbansdg.loaders.tables.known_table import CSV_ONLY, KnownTable
from urbansdg.ontology.iris import slug
from urbansdg.store import Source


@dataclass(frozen=True, slots=True)
class LongTable:
    """The reader of long tables and of SDMX-CSV."""

    name: str = "long-table"
    version: str = "2"

    def reads(self, path: Path) -> bool:
        """Return whether the first line of a CSV file has the titles of a long table."""
        if path.suffix.lower() != ".csv":
            return False
        titles = first_row(path)
        roles = {column.role for column in column_titles(titles) if column}
        measured = roles & {"indicator", "series", "name"} and {"year", "value"} <= roles
        return bool(measured) and "policy" not in map(squeezed_key, titles)

    def tables(self) -> tuple[KnownTable, ...]:
        """Return the long table: it may lack a city if `--city` names it."""
        spellings = role_spellings()
        required = {role: spellings[role] for role in ("city", "indicator", "year", "value")}
        required["indicator"] += (*spellings["series"], *spellings["name"])
        others = [title for titles in spellings.values() for title in titles]
        return (KnownTable("", required, others, CSV_ONLY),)

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the values; raises `SourceUnreadable`."""
        text, notes = decode_file(path)
        key = graph or slug(path.stem)
        source = Source(path.name, checksum([path]), self.name, self.version)
        mark = delimiter(text)
        titles, rows = _rows(text, path.name)
        form = TableForm(point=mark != ";", dimensions=bracketed_dimensions(titles))
        table = sdmx_table(key, path.name, titles, rows, context) or ValueTable(
            key, path.name, titles, rows, context, form
        )
        record = {"key": key, "title": path.stem}
        results = series_facts(record, Place(path.name), table.values(), context.iris)
        draft = write_draft(key, results, source, context, len(rows), rows_are_independent=True)
        return replace(draft, problems=(*notes, *draft.problems))


def _rows(text: str, file: str) -> tuple[list[str], list[ValueRow]]:
    """Return the titles and the rows that are not blank."""
    filled = (
        ValueRow(Place(file, row=number), cells)
        for number, cells in csv_rows(text, file)
        if any(map(str.strip, cells))
    )
    first = next(filled, ValueRow(Place(file), ()))
    return [title.strip() for title in first.cells], list(filled)


READER = LongTable()
