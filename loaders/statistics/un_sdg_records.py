"""Records of the UN's SDG database (unstats.un.org, SDG API v1) as value tables.

`/v1/sdg/Series/Data`, `/v1/sdg/Indicator/Data` and `/v1/sdg/GeoArea/Data` return pages with a list
`data`. Each record is one value with its `indicator`, `series`, M49 area, `timePeriodStart`, and
objects of `dimensions` and `attributes`. The CSV files of the database have the same columns, with
dimensions and attributes in brackets: `[Age]`, `[Nature]`.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from urbansdg.errors import Place
from urbansdg.loaders.drafts.draft import ReadContext
from urbansdg.loaders.parse.json_documents import member, members
from urbansdg.loaders.parse.quantities import plain_number
from urbansdg.loaders.statistics.value_table import TableForm, ValueRow, ValueTable

_MEMBERS = {
    "indicator": "Indicator",
    "series": "SeriesCode",
    "seriesDescription": "SeriesDescription",
    "geoAreaCode": "GeoAreaCode",
    "timePeriodStart": "TimePeriod",
    "value": "Value",
    "time_detail": "Time_Detail",
    "basePeriod": "BasePeriod",
    "source": "Source",
    "footnotes": "FootNote",
    "lowerBound": "LowerBound",
    "upperBound": "UpperBound",
}
"""The titles of the UN's own CSV files for the members of a record."""


def is_un_sdg_page(document: object) -> bool:
    """Return whether a document is a page of the UN's SDG API."""
    records = members(document, "data")
    return bool(records) and {"series", "geoAreaCode", "timePeriodStart"} <= set(records[0])


def un_sdg_table(key: str, file: str, document: object, context: ReadContext) -> ValueTable:
    """Return the records of a page as a table."""
    rows = [_cells(record) for record in members(document, "data")]
    dimensions = frozenset(name for record in members(document, "data") for name in _named(record))
    titles = list(dict.fromkeys(title for row in rows for title in row))
    values = [
        ValueRow(Place(file, row=number), [row.get(title, "") for title in titles])
        for number, row in enumerate(rows, start=1)
    ]
    return ValueTable(key, file, titles, values, context, TableForm(dimensions=dimensions))


def bracketed_dimensions(titles: Sequence[str]) -> frozenset[str]:
    """Return the titles in brackets of a CSV file of the database; none of another file."""
    if not {"SeriesCode", "GeoAreaCode"} <= set(titles):
        return frozenset()
    return frozenset(title for title in titles if title.startswith("[") and title.endswith("]"))


def _named(record: Mapping[str, object]) -> list[str]:
    dimensions = member(record, "dimensions")
    return list(dimensions) if isinstance(dimensions, Mapping) else []


def _cells(record: Mapping[str, object]) -> dict[str, str]:
    cells = {title: _text(record.get(name)) for name, title in _MEMBERS.items()}
    for part in ("dimensions", "attributes"):
        named = member(record, part)
        if isinstance(named, Mapping):
            cells |= {str(name): _text(value) for name, value in named.items()}
    return {title: text for title, text in cells.items() if text or title == "Value"}


def _text(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(filter(None, map(_text, value)))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return plain_number(Decimal(str(value)))
    return str(value).strip() if value is not None else ""
