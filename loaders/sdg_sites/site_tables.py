"""The tables of a site: their rows, the roles of their columns, and files without real data.

Source: Open SDG documentation, "Data format": the columns `Year` and `Value`, `Units`, `Series`,
`GeoCode`, `Observation status`, `Unit multiplier`, `Unit measure`, and any number of breakdowns.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.loaders.parse.statistics.column_titles import column_title
from urbansdg.loaders.sdg_sites.site_areas import AreaColumn, area_column
from urbansdg.loaders.sdg_sites.site_config import SiteConfig
from urbansdg.loaders.sdg_sites.site_layout import SiteTable
from urbansdg.loaders.sdg_sites.site_metadata import IndicatorMetadata
from urbansdg.loaders.spreadsheets.csv_text import csv_rows, decode_file, unreadable

_TITLES: Final = {
    "year": "year | time period",
    "value": "value | obs value",
    "unit": "units | unit | unit measure | unit of measure",
    "series": "series | serie | reihe | zeitreihe | series code",
    "multiplier": "unit mult | unit multiplier",
    "status": "obs status | observation status",
    "confidentiality": "conf status | confidentiality status",
    "nature": "nature",
    "reporting type": "reporting type",
    "note": "comment obs | footnote | footnotes | observation comment | comment ts",
    "ignored": "decimals | time detail | upper bound | lower bound | freq | geo info url"
    " | geo info type | base per | source detail | last update | time coverage",
}
_ROLES: Final = {title: role for role, titles in _TITLES.items() for title in titles.split(" | ")}
_COMMON: Final = {"year", "value", "unit", "multiplier"}
"""The roles that a title of any language may have, if no other column has it."""

_PLACEHOLDER: Final = ("Year", "Group", "Value")
_PLACEHOLDER_GROUPS: Final = {"A", "B", ""}
_PLACEHOLDER_VALUE: Final = 20
_DEMO: Final = {"Planet", "Fruit"}
_GROUPS: Final = {"Group A", "Group B"}
_NOT_STARTED: Final = {"notstarted", "notapplicable", "not started", "not applicable"}
_FILLER_ROWS: Final = 40
_FEW: Final = 2
_SMALL: Final = 3


@dataclass(frozen=True, slots=True)
class SiteColumns:
    """The positions of the columns of a table by their roles; `words` break the values down."""

    titles: tuple[str, ...]
    year: int
    value: int
    units: tuple[int, ...] = ()
    series: tuple[int, ...] = ()
    areas: tuple[AreaColumn, ...] = ()
    words: tuple[int, ...] = ()
    single: tuple[tuple[str, int], ...] = ()

    def at(self, role: str) -> int | None:
        """Return the position of the column with a role that at most one has, such as `status`."""
        return dict(self.single).get(role)


@dataclass(frozen=True, slots=True)
class TableContent:
    """The titles of a table and its rows, each with its number in a spreadsheet."""

    titles: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    notes: tuple[Problem, ...] = ()


def read_content(table: SiteTable) -> TableContent:
    """Return the titles and rows of a table in CSV or JSON; raises `SourceUnreadable`."""
    text, notes = decode_file(table.path)
    if table.path.suffix.lower() == ".json":
        try:
            rows = [*enumerate(_json_rows(text), start=1)]
        except (ValueError, TypeError, RecursionError) as error:
            raise unreadable(table.name, f"it is not a table in JSON ({error})") from error
    else:
        rows = [(number, tuple(map(str.strip, row))) for number, row in csv_rows(text, table.name)]
    titles = rows[0][1] if rows else ()
    filled = tuple(row for row in rows[1:] if any(row[1]))
    return TableContent(titles, filled, tuple(_named(note, table) for note in notes))


def _named(note: Problem, table: SiteTable) -> Problem:
    return replace(note, place=Place(table.name))


def _json_rows(text: str) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a published table: a list for each column, or an object for each row.

    Numbers keep the digits of the file. The columns of `comb` are in its member `data`.
    """
    document = json.loads(text, parse_float=str, parse_int=str, parse_constant=lambda _: None)
    if isinstance(document, dict) and isinstance(document.get("data"), dict | list):
        document = document["data"]
    if isinstance(document, dict):
        columns = {title: cells for title, cells in document.items() if isinstance(cells, list)}
        yield tuple(columns)
        yield from (
            tuple(map(_cell, row)) for row in zip(*columns.values(), strict=len(columns) > 1)
        )
    elif isinstance(document, list):
        titles = tuple(dict.fromkeys(title for row in document for title in dict(row)))
        yield titles
        yield from (tuple(_cell(row.get(title)) for title in titles) for row in document)


def _cell(value: object) -> str:
    return "" if value is None else str(value).strip()


def columns_of(titles: Sequence[str], config: SiteConfig) -> SiteColumns | None:
    """Return the columns of a table by their roles, or None without a year or a value."""
    mapped = dict(config.columns)
    names = tuple(mapped.get(title, title) for title in titles)
    roles: dict[str, list[int]] = {}
    areas: list[AreaColumn] = []
    for at, name in enumerate(names):
        role = _role(name, config)
        area = None if role else area_column(at, name)
        if area is not None:
            areas.append(area)
        elif name:
            twice = role in {"year", "value"} and role in roles
            roles.setdefault("words" if twice else role or "words", []).append(at)
    _add_common_roles(roles, names)
    if not {"year", "value"} <= roles.keys():
        return None
    single = ("multiplier", "status", "confidentiality", "nature", "reporting type", "note")
    return SiteColumns(
        names,
        roles["year"][0],
        roles["value"][0],
        tuple(roles.get("unit", ())),
        tuple(roles.get("series", ())),
        tuple(areas),
        tuple(roles.get("words", ())),
        tuple((role, roles[role][0]) for role in single if role in roles),
    )


def _role(title: str, config: SiteConfig) -> str:
    """Return the role of a title in Open SDG and SDMX, or "" for any other."""
    if title and title == config.unit_column:
        return "unit"
    if title and title == config.series_column:
        return "series"
    return _ROLES.get(comparison_key(title), "")


def _add_common_roles(roles: dict[str, list[int]], names: Sequence[str]) -> None:
    """Give a role that no column has to a column with such a title in another language."""
    for at in tuple(roles.get("words", ())):
        title = column_title(names[at])
        if title is not None and title.role in _COMMON - roles.keys():
            roles["words"].remove(at)
            roles[title.role] = [at]


def refusal(
    table: SiteTable, content: TableContent, meta: IndicatorMetadata, columns: SiteColumns | None
) -> Problem | None:
    """Return the warning about a file without real data, or None if it has some."""
    if _is_placeholder(content):
        return omission(table.name, "placeholder", "is a placeholder of the template")
    if columns is None:
        return omission(table.name, "no-series", "has no columns Year and Value")
    if _DEMO & set(content.titles):
        return omission(table.name, "demonstration", "is the demonstration of the template")
    if _is_filler(content, meta, columns):
        why = "has only filler values: the site reports its indicator as not started"
        return omission(table.name, "not-started", why)
    return None


def _is_placeholder(content: TableContent) -> bool:
    """Return whether a table is that of the template: small whole numbers of groups A and B.

    Sites add years to it and change its numbers while they try the platform.
    """
    if content.titles != _PLACEHOLDER or not 0 < len(content.rows) <= _FILLER_ROWS:
        return False
    rows = [row for _, row in content.rows if len(row) == len(_PLACEHOLDER)]
    groups = {row[1] for row in rows}
    small = all(row[2].isdecimal() and int(row[2]) <= _PLACEHOLDER_VALUE for row in rows if row[2])
    return groups <= _PLACEHOLDER_GROUPS and "A" in groups and small


def _is_filler(content: TableContent, meta: IndicatorMetadata, columns: SiteColumns) -> bool:
    """Return whether an indicator is not started and its table has the filler of a template.

    Sites fill the chart of such an indicator with 0, -1 or a few small numbers. A table with other
    values is read, because statuses are often out of date.
    """
    if meta.text("reporting_status").lower() not in _NOT_STARTED:
        return False
    values = {row[columns.value] for _, row in content.rows if len(row) > columns.value} - {""}
    small = all(value.lstrip("+-").isdecimal() and abs(int(value)) <= _SMALL for value in values)
    few = len(values) <= _FEW or bool(_GROUPS & set(content.titles))
    return small and few and len(content.rows) <= _FILLER_ROWS


def omission(file: str, code: str, why: str) -> Problem:
    """Return the warning about a file that was left out."""
    return Problem(
        code,
        f"The table {why}; it was ignored.",
        "No action is needed, unless there is data for it.",
        Place(file),
        Severity.WARNING,
    )
