"""The charts and maps of a result: what its views name, drawn for a reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from markupsafe import Markup
from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.figures.bar_chart import bar_chart, bar_groups
from urbansdg.endpoint.figures.figure_data import (
    ChartSeries,
    FigureTable,
    FigureText,
    MapPoint,
    TimeSpan,
)
from urbansdg.endpoint.figures.figure_frame import figure_frame
from urbansdg.endpoint.figures.line_chart import line_chart
from urbansdg.endpoint.figures.point_map import has_borders, point_map
from urbansdg.endpoint.figures.timeline import timeline
from urbansdg.endpoint.html.locale_formats import currency_name
from urbansdg.endpoint.results.result_cells import ResultCells
from urbansdg.endpoint.results.result_columns import ResultColumn, number_of_term
from urbansdg.endpoint.results.result_table import ResultTerm
from urbansdg.endpoint.results.result_views import ResultView, ResultViews

_JOINT: Final = " · "
_LARGEST: Final = 10**9


@dataclass(frozen=True, slots=True)
class ResultDrawing:
    """A view of a result as SVG, with its title and the table that it draws."""

    drawing: Markup
    text: FigureText
    table: FigureTable
    has_borders: bool = False

    def framed(self, image: str | None = None) -> Markup:
        """Return the figure for a page: the drawing, its caption and its table.

        `image` is the address of the figure as an image of its own.
        """
        return figure_frame(
            self.drawing, self.text, self.table, has_borders=self.has_borders, image=image
        )


@dataclass(frozen=True, slots=True)
class ResultArtist:
    """Draws the views of a result: `heads` has words for its columns, `title` those for all."""

    views: ResultViews
    cells: ResultCells
    title: str
    heads: dict[str, str]

    def draw(self, view: ResultView) -> ResultDrawing | None:
        """Return a view, None for the table and for a view that the result does not have."""
        if view not in self.views.names:
            return None
        if view == "map":
            return self._map()
        if view == "bar":
            return self._bars()
        if view == "line":
            return self._lines()
        return self._timeline() if view == "timeline" else None

    def _map(self) -> ResultDrawing:
        points = [
            MapPoint(
                self._label(index),
                self._weight(index),
                self._href(index),
                float(longitude),
                float(latitude),
            )
            for index, longitude, latitude in self.views.places
        ]
        rows = [index for index, _, _ in self.views.places]
        text = self._text(self._names(self.views.labels))
        drawing = point_map(text, points, is_region=True)
        borders = has_borders(points, is_region=True)
        number = (self.views.number,) if self.views.number is not None else ()
        return ResultDrawing(drawing, text, self._table(rows, number), borders)

    def _bars(self) -> ResultDrawing:
        numbers = dict(self.views.numbers())
        columns = () if self.views.number is None else (self.views.number,)
        time = () if self.views.time is None else (self.views.time,)
        groups = [sorted(group, key=self._time) for group in self.views.groups()]
        rows = [
            [(self._label(index, *time), numbers[index], self._href(index)) for index in group]
            for group in groups
        ]
        titles = self._units(groups)
        of = self._names(self.views.labels) or self._names(time)
        text = self._text(f"{self._names(columns)} / {of}", ", ".join(filter(None, titles)))
        drawing = (
            bar_groups(text, list(zip(titles, rows, strict=True)))
            if len(rows) > 1
            else bar_chart(text, rows[0] if rows else ())
        )
        indexes = [index for group in groups for index in group]
        table = self._table(indexes, (*time, *columns, *self.views.units))
        return ResultDrawing(drawing, text, table)

    def _units(self, groups: Sequence[Sequence[int]]) -> list[str]:
        """Return the currency and the unit of each group of rows; that of one may be unknown."""
        units = [self._unit(group[0]) for group in groups]
        return units if len(units) == 1 else [one or self._names(self.views.units) for one in units]

    def _unit(self, index: int) -> str:
        """Return the currency and the unit of a row, "" where it has none."""
        row, locale = self.views.table.rows[index], self.cells.site.words.locale
        texts = []
        for unit in self.views.units:
            text = self.cells.cell(row[unit.index]).text
            texts.append(currency_name(text, locale) if unit.name == "currency" else text)
        return _JOINT.join(filter(None, texts))

    def _time(self, index: int) -> str:
        """Return the time of a row, for sorting; rows without one come last."""
        time = self.views.time
        return "" if time is None else self._value(index, time) or "\U0010ffff"

    def _lines(self) -> ResultDrawing:
        time, number = self.views.time, self.views.number
        columns = tuple(column for column in (time, number) if column is not None)
        units = self._units(self.views.groups())
        one_line = self._head(number) if number is not None else ""
        series = [
            ChartSeries(
                self._label(line[0]) if len(self.views.lines) > 1 else one_line, self._points(line)
            )
            for line in self.views.lines
        ]
        description = self._names((*columns[1:], *columns[:1])).replace(_JOINT, " / ")
        text = self._text(description, ", ".join(filter(None, units)))
        rows = [index for line in self.views.lines for index in line]
        table = self._table(rows, (*columns, *self.views.units))
        return ResultDrawing(line_chart(text, series), text, table)

    def _points(self, line: Sequence[int]) -> tuple[tuple[str | Decimal, Decimal], ...]:
        time, number = self.views.time, self.views.number
        points = []
        for index in line:
            row = self.views.table.rows[index]
            at = row[time.index] if time is not None else None
            value = number_of_term(row[number.index]) if number is not None else None
            if isinstance(at, Literal) and value is not None:
                points.append((at.value, value))
        return tuple(sorted(points))

    def _timeline(self) -> ResultDrawing | None:
        if self.views.span is None:
            return None
        rows = range(len(self.views.table.rows))
        start, end = self.views.span
        spans = [
            TimeSpan(
                self._label(index),
                self._value(index, start),
                self._value(index, end),
                self._href(index),
            )
            for index in rows
        ]
        text = self._text(self._names((start, end)).replace(_JOINT, " - "))
        return ResultDrawing(timeline(text, spans), text, self._table(rows, (start, end)))

    def _text(self, description: str, unit: str = "") -> FigureText:
        words = self.cells.site.words
        return FigureText(self.title, description, words.language, words.direction, unit)

    def _table(self, rows: Sequence[int], columns: Sequence[ResultColumn]) -> FigureTable:
        every = (*self.views.labels, *columns)
        return FigureTable(
            tuple(self._head(column) for column in every),
            tuple(tuple(self._entry(index, column) for column in every) for index in rows),
        )

    def _entry(self, index: int, column: ResultColumn) -> str | Decimal | tuple[str, str | None]:
        term = self.views.table.rows[index][column.index]
        number = number_of_term(term) if column.kind == "number" else None
        if number is not None:
            return number
        cell = self.cells.cell(term)
        return cell.text, cell.href

    def _label(self, index: int, *more: ResultColumn) -> str:
        row = self.views.table.rows[index]
        columns = (*self.views.labels, *more)
        texts = (self.cells.cell(row[column.index]).text for column in columns)
        return _JOINT.join(text for text in texts if text)

    def _href(self, index: int) -> str | None:
        """Return the address of the first thing of a row that has a label."""
        row = self.views.table.rows[index]
        things = (row[column.index] for column in self.views.labels)
        thing = next((term for term in things if isinstance(term, NamedNode)), None)
        return None if thing is None else self.cells.cell(thing).href

    def _weight(self, index: int) -> int:
        number = self.views.number
        value = None if number is None else number_of_term(self._term(index, number))
        is_count = value is not None and value == value.to_integral_value()
        return int(value) if value is not None and is_count and 0 < value < _LARGEST else 1

    def _term(self, index: int, column: ResultColumn) -> ResultTerm:
        return self.views.table.rows[index][column.index]

    def _value(self, index: int, column: ResultColumn) -> str | None:
        term = self._term(index, column)
        return term.value if isinstance(term, Literal) else None

    def _names(self, columns: Sequence[ResultColumn]) -> str:
        return _JOINT.join(map(self._head, columns))

    def _head(self, column: ResultColumn) -> str:
        return self.heads.get(column.name, column.name)
