"""Reader of statistics in JSON: SDMX-JSON 1.0 and 2.0, and the API of the UN's SDG database."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from urbansdg.errors import Place, Problem
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.parse.json_documents import read_json
from urbansdg.loaders.statistics.sdmx_json_messages import sdmx_json_tables
from urbansdg.loaders.statistics.un_sdg_records import is_un_sdg_page, un_sdg_table
from urbansdg.loaders.statistics.value_table import ValueTable
from urbansdg.loaders.tables.data_cube_series import SeriesValue, series_facts
from urbansdg.ontology.iris import slug
from urbansdg.store import Source

_LOOK: Final = 1 << 20
_MARKS: Final = ((b'"dataSets"',), (b'"geoAreaCode"', b'"timePeriodStart"'))


@dataclass(frozen=True, slots=True)
class SdmxJson:
    """The reader of data messages and of pages of the UN's API."""

    name: str = "sdmx-json"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Return whether a JSON file has the members of a message or of a page."""
        if path.suffix.lower() != ".json" or not path.is_file():
            return False
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_LOOK)
            file.seek(max(0, size - _LOOK))
            text = head + file.read(_LOOK)  # the structure can stand before the data
        return any(all(mark in text for mark in marks) for marks in _MARKS)

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the values; raises `SourceUnreadable`."""
        key = graph or slug(path.stem)
        source = Source(path.name, checksum([path]), self.name, self.version)
        document = read_json(path)
        tables = (
            [un_sdg_table(key, path.name, document, context)]
            if is_un_sdg_page(document)
            else list(sdmx_json_tables(key, path.name, document, context))
        )
        record = {"key": key, "title": path.stem}
        results = series_facts(record, Place(path.name), _values(tables), context.iris)
        total = sum(len(table.rows) for table in tables)
        return write_draft(key, results, source, context, total, rows_are_independent=True)


def _values(tables: list[ValueTable]) -> Iterator[SeriesValue | Problem]:
    for table in tables:
        yield from table.values()


READER = SdmxJson()
