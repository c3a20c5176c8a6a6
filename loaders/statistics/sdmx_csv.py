"""SDMX-CSV 1.0 and 2.0 (SDMX technical working group, sdmx-csv field guides) as value tables.

1.0 starts with the column `DATAFLOW`, 2.0 with `STRUCTURE`, `STRUCTURE_ID` and `ACTION`. Dimensions
stand before `OBS_VALUE`, attributes after it. With labels, 1.0 writes `REF_AREA: Reference area`
and `KR: Korea`; 2.0 adds a column with the name after each column of codes. A row without a period
and a value states attributes of all observations that have its dimensions.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from urbansdg.loaders.drafts.draft import ReadContext
from urbansdg.loaders.statistics.value_table import TableForm, ValueRow, ValueTable

_IDENTIFIER: Final = re.compile(r"[A-Z][A-Z0-9_]*(?:\[.?\])?")
_FIRST: Final = {"DATAFLOW", "STRUCTURE"}
_HEAD: Final = {"DATAFLOW", "STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION"}
_VALUE, _PERIOD = "OBS_VALUE", "TIME_PERIOD"
_ANY: Final = {"", "~", "*", "_Z"}


def sdmx_table(
    key: str, file: str, titles: Sequence[str], rows: Sequence[ValueRow], context: ReadContext
) -> ValueTable | None:
    """Return the table of an SDMX-CSV file, or None if the titles are not those of one."""
    identifiers = [title.partition(":")[0].strip() for title in titles]
    if _VALUE not in identifiers or _PERIOD not in identifiers:
        return None
    named = [
        at
        for at in range(1, len(titles))
        if _IDENTIFIER.fullmatch(identifiers[at - 1]) and not _IDENTIFIER.fullmatch(identifiers[at])
    ]
    labels = dict(_labels(identifiers, titles, rows, named))
    coded = [at for at in range(len(titles)) if at not in named]
    plain = [replace(row, cells=[_code(row, at, titles) for at in coded]) for row in rows]
    columns = [identifiers[at].partition("[")[0] for at in coded]
    before = columns[: columns.index(_VALUE)] if identifiers[0] in _FIRST else []
    dimensions = frozenset(before) - _HEAD - {_PERIOD}
    shared, observed = _divided(columns, plain, dimensions)
    form = TableForm(sdmx=True, dimensions=dimensions, labels=labels)
    return ValueTable(key, file, columns, list(_attached(observed, shared)), context, form)


def _labels(
    identifiers: Sequence[str], titles: Sequence[str], rows: Sequence[ValueRow], named: list[int]
) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield the names of codes by column and code."""
    for row in rows:
        for at, cell in enumerate(row.cells[: len(titles)]):
            if at in named:
                yield (identifiers[at - 1], row.cells[at - 1].strip()), cell.strip()
            elif ":" in titles[at] and ": " in cell:
                code, _, name = cell.partition(": ")
                yield (identifiers[at], code.strip()), name.strip()


def _code(row: ValueRow, at: int, titles: Sequence[str]) -> str:
    cell = row.cells[at].strip() if at < len(row.cells) else ""
    return cell.partition(": ")[0].strip() if ":" in titles[at] else cell


Attributes = tuple[Mapping[int, str], Mapping[int, str]]
"""The dimensions that attributes belong to, and the attributes, by column."""


def _divided(
    columns: Sequence[str], rows: Sequence[ValueRow], dimensions: frozenset[str]
) -> tuple[list[Attributes], list[ValueRow]]:
    """Divide the rows into attributes of groups, and observations."""
    value, period = columns.index(_VALUE), columns.index(_PERIOD)
    shared: list[Attributes] = []
    observed: list[ValueRow] = []
    for row in rows:
        if row.cells[value] or row.cells[period] not in _ANY:
            observed.append(row)
            continue
        key = {
            at: cell
            for at, cell in enumerate(row.cells)
            if columns[at] in dimensions and cell not in _ANY
        }
        stated = {
            at: cell
            for at, cell in enumerate(row.cells)
            if cell and columns[at] not in dimensions | _HEAD | {_PERIOD, _VALUE}
        }
        shared.append((key, stated))
    return shared, observed


def _attached(rows: Sequence[ValueRow], shared: Sequence[Attributes]) -> Iterator[ValueRow]:
    """Yield the observations with the attributes of their groups; their own come first."""
    for row in rows:
        cells = list(row.cells)
        for key, stated in shared:
            if all(cells[at] == cell for at, cell in key.items()):
                for at, cell in stated.items():
                    cells[at] = cells[at] or cell
        yield replace(row, cells=cells)
