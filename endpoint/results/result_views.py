"""Which views a result has beside the table, by simple rules on its columns.

map       columns of latitude and longitude, or of WKT points
bar       a label and a number, in groups with their own scales for several units
line      a year (or a day) and a number, once for each line
timeline  two columns of years or days: from and to

Numbers in several currencies or units, as a column `currency` or `unit` names them, have no common
axis: each unit is a group of bars, and there are no lines.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from pyoxigraph import Literal as RdfLiteral

from urbansdg.endpoint.results.result_columns import (
    ResultColumn,
    columns_of,
    number_of_term,
    place_of,
    point_of_term,
)
from urbansdg.endpoint.results.result_table import ResultTable

ResultView = Literal["table", "map", "bar", "line", "timeline"]
VIEWS: Final[tuple[ResultView, ...]] = ("table", "map", "bar", "line", "timeline")
"""The views in the order of their tabs; a table is always there."""

DRAWN_VIEWS: Final = VIEWS[1:]
"""Those that are figures."""

_UNITS: Final = frozenset(("currency", "unit"))
_MOST_LABELS: Final = 2
_MOST_LINES: Final = 8


@dataclass(frozen=True, slots=True)
class ResultViews:
    """The views of a table: the columns that label its rows, and what each view draws of a row.

    `lines` has, for each line, the indexes of its rows. A view that a table lacks is empty.
    """

    table: ResultTable
    columns: tuple[ResultColumn, ...]
    labels: tuple[ResultColumn, ...]
    number: ResultColumn | None
    places: tuple[tuple[int, Decimal, Decimal], ...]
    lines: tuple[tuple[int, ...], ...]
    time: ResultColumn | None
    span: tuple[ResultColumn, ResultColumn] | None

    @property
    def names(self) -> tuple[ResultView, ...]:
        """The names of the views that the table has."""
        views: list[ResultView] = ["table"]
        if self.places:
            views.append("map")
        if self.number is not None and self.labels and self._any(self.number):
            views.append("bar")
        if self.lines and len(self.groups()) <= 1:
            views.append("line")
        if self.span is not None and self._any(self.span[0]):
            views.append("timeline")
        return tuple(views)

    @property
    def units(self) -> tuple[ResultColumn, ...]:
        """The columns that name the currency or the unit of the numbers."""
        return tuple(column for column in self.columns if column.name in _UNITS)

    def groups(self) -> list[list[int]]:
        """Return the rows with a number whose numbers can share an axis, by currency and unit."""
        groups: dict[tuple[object, ...], list[int]] = {}
        for index, _ in self.numbers():
            row = self.table.rows[index]
            groups.setdefault(tuple(row[unit.index] for unit in self.units), []).append(index)
        return list(groups.values())

    def _any(self, column: ResultColumn) -> bool:
        return any(row[column.index] is not None for row in self.table.rows)

    def numbers(self) -> Iterator[tuple[int, Decimal]]:
        """Yield the index of each row with a number, and the number."""
        if self.number is None:
            return
        for index, row in enumerate(self.table.rows):
            number = number_of_term(row[self.number.index])
            if number is not None:
                yield index, number


def views_of(table: ResultTable) -> ResultViews:
    """Return the views of a table."""
    columns = columns_of(table)
    labels = [
        column
        for column in columns
        if column.kind in {"thing", "text"} and column.name not in _UNITS
    ]
    number = next((column for column in columns if column.kind == "number"), None)
    times = [column for column in columns if column.kind in {"year", "day"}]
    span = (times[0], times[1]) if len(times) > 1 else None
    time = times[0] if times else None
    lines = _lines(table, labels, time) if time is not None and number is not None else ()
    return ResultViews(
        table,
        columns,
        tuple(labels[:_MOST_LABELS]),
        number,
        tuple(_places(table, columns)),
        lines,
        time,
        span,
    )


def _places(
    table: ResultTable, columns: Sequence[ResultColumn]
) -> Iterator[tuple[int, Decimal, Decimal]]:
    """Yield the index of each row with a place on the earth, its longitude and its latitude."""
    kinds = {column.kind: column.index for column in reversed(columns)}
    for index, row in enumerate(table.rows):
        place = None
        if "latitude" in kinds and "longitude" in kinds:
            longitude, latitude = row[kinds["longitude"]], row[kinds["latitude"]]
            if isinstance(longitude, RdfLiteral) and isinstance(latitude, RdfLiteral):
                place = place_of(longitude.value, latitude.value)
        elif "geometry" in kinds:
            place = point_of_term(row[kinds["geometry"]])
        if place is not None:
            yield index, *place


def _lines(
    table: ResultTable, labels: Sequence[ResultColumn], time: ResultColumn
) -> tuple[tuple[int, ...], ...]:
    """Return the rows of each line; none where a line would have two values at one time.

    The rows with the same labels are a line. Labels that make too many lines are left out, the last
    one first, until the lines are few enough to be seen.
    """
    for count in range(len(labels), -1, -1):
        lines: dict[tuple[object, ...], list[int]] = {}
        for index, row in enumerate(table.rows):
            if row[time.index] is not None:
                key = tuple(row[label.index] for label in labels[:count])
                lines.setdefault(key, []).append(index)
        if len(lines) > _MOST_LINES:
            continue
        is_clear = all(
            len({table.rows[index][time.index] for index in line}) == len(line)
            for line in lines.values()
        )
        return tuple(map(tuple, lines.values())) if is_clear else ()
    return ()
