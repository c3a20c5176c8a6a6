"""Whole figures for pages: a drawing with its description, and the table of the same values."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from urbansdg.endpoint.figures.bar_chart import bar_chart
from urbansdg.endpoint.figures.figure_data import (
    BarRow,
    ChartSeries,
    FigureTable,
    FigureText,
    GoalValues,
    MapArc,
    MapPoint,
    TimeSpan,
)
from urbansdg.endpoint.figures.figure_frame import figure_frame
from urbansdg.endpoint.figures.goal_chart import goal_chart
from urbansdg.endpoint.figures.line_chart import line_chart, slope_chart
from urbansdg.endpoint.figures.point_map import ListAddress, has_borders, point_map
from urbansdg.endpoint.figures.timeline import timeline
from urbansdg.endpoint.figures.value_scale import date_text, drawable, written
from urbansdg.endpoint.html.interface_texts import InterfaceTexts

_NOTHING: Final = "\u2013"


def bars_figure(
    words: InterfaceTexts,
    title: str,
    columns: tuple[str, str],
    rows: Sequence[BarRow],
    *,
    goals: Sequence[str] = (),
    whole: Decimal | None = None,
    unit: str = "",
) -> Markup:
    """Return bars, and their table with the titles of its two columns.

    `unit` is that of the values, such as a currency.
    """
    finite = [row for row in rows if drawable(row[1]) is not None]
    highest = max(finite, key=lambda row: row[1], default=None)
    most = _NOTHING if highest is None else f"{highest[0]}, {written(highest[1], words.language)}"
    text = replace(_text(words, title, words("figure_bars_are", n=len(rows), m=most)), unit=unit)
    if unit:
        columns = (columns[0], f"{columns[1]} ({unit})")
    table = FigureTable(columns, tuple(((name, href), value) for name, value, href in rows))
    return figure_frame(bar_chart(text, rows, goals=goals, whole=whole), text, table)


def lines_figure(
    words: InterfaceTexts,
    title: str,
    columns: tuple[str, str, str],
    series: Sequence[ChartSeries],
) -> Markup:
    """Return lines, and their table: the line, the year or category, the value."""
    keys = sorted({str(key) for one in series for key, _ in one.points})
    ends = (keys[0], keys[-1]) if keys else (_NOTHING, _NOTHING)
    description = words("figure_lines_are", n=len(series), m=ends[0], k=ends[1])
    text = _text(words, title, description)
    rows = tuple(
        ((one.label, one.href), str(key), value) for one in series for key, value in one.points
    )
    return figure_frame(line_chart(text, series), text, FigureTable(columns, rows))


def slopes_figure(
    words: InterfaceTexts,
    title: str,
    columns: tuple[str, str, str],
    rows: Sequence[tuple[str, Decimal, Decimal]],
) -> Markup:
    """Return slopes between two values, and their table."""
    sides = (columns[1], columns[2])
    text = _text(words, title, words("figure_slopes_are", n=len(rows), m=sides[0], k=sides[1]))
    return figure_frame(slope_chart(text, sides, rows), text, FigureTable(columns, tuple(rows)))


def timeline_figure(
    words: InterfaceTexts,
    title: str,
    columns: tuple[str, str, str],
    spans: Sequence[TimeSpan],
) -> Markup:
    """Return a timeline, and its table: the row, its start, its end."""
    dates = sorted(date for span in spans for date in (span.start, span.end) if date)
    ends = (dates[0][:4], dates[-1][:4]) if dates else (_NOTHING, _NOTHING)
    description = words("figure_times_are", n=len(spans), m=ends[0], k=ends[1])
    text = _text(words, title, description)
    rows = tuple(
        (
            (span.label, span.href),
            date_text(span.start or "", words.language),
            date_text(span.end or ("" if not span.is_event else span.start or ""), words.language),
        )
        for span in spans
    )
    return figure_frame(timeline(text, spans), text, FigureTable(columns, rows))


def map_figure(
    words: InterfaceTexts,
    title: str,
    columns: tuple[str, str],
    points: Sequence[MapPoint],
    *,
    is_region: bool = False,
    arcs: Sequence[MapArc] = (),
    address: ListAddress | None = None,
) -> Markup:
    """Return a map of places, and their table with the titles of its two columns."""
    largest = max(points, key=lambda point: point.number, default=None)
    most = _NOTHING if largest is None else largest.label
    text = _text(words, title, words("figure_map_is", n=len(points), m=most))
    ordered = sorted(points, key=lambda point: (-point.number, point.label))
    if arcs:
        rows = tuple(
            ((arc.start.label, arc.start.href), (arc.end.label, arc.end.href)) for arc in arcs
        )
        table = FigureTable(columns, rows)
    else:
        cells = (((point.label, point.href), Decimal(point.number)) for point in ordered)
        table = FigureTable(columns, tuple(cells))
    drawing = point_map(text, points, is_region=is_region, arcs=arcs, address=address)
    borders = has_borders(points, is_region=is_region)
    return figure_frame(drawing, text, table, has_borders=borders)


def goals_figure(
    words: InterfaceTexts,
    title: str,
    columns: tuple[str, str, str],
    panels: Sequence[GoalValues],
    note: str = "",
) -> Markup:
    """Return the small multiples of the goals, and their table: goal, category, value.

    `note` says what the numbers leave out.
    """
    text = _text(words, title, words("figure_panels_are", n=len(panels)))
    rows = tuple(
        ((f"{panel.code} {panel.name}", panel.href), key, value)
        for panel in panels
        for key, value in panel.values
    )
    table = FigureTable(columns, rows)
    note = f"{note} {words('goal_colours')}".lstrip()
    return figure_frame(goal_chart(text, panels), text, table, note=note)


def _text(words: InterfaceTexts, title: str, description: str) -> FigureText:
    return FigureText(title, description, words.language, words.direction)
