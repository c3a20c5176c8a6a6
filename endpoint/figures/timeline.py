"""Timelines: spans and events over years, each with its label above it."""

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup

from urbansdg.endpoint.figures.bar_chart import empty_chart, remark
from urbansdg.endpoint.figures.figure_data import WIDTH, FigureText, TimeSpan
from urbansdg.endpoint.figures.svg_markup import (
    cut,
    drawing,
    label,
    line,
    linked,
    number,
    rectangle,
    text_width,
)
from urbansdg.endpoint.figures.value_scale import LinearScale, date_text, year_of

MOST_SPANS: Final = 40
"""The most rows of a timeline; the table has all."""

_ROW: Final = 38.0
_TOP: Final = 26.0


def timeline(text: FigureText, spans: Sequence[TimeSpan]) -> Markup:
    """Return spans of time in the order of the rows; those without a valid date are left out.

    A span without an end runs past this year to the edge, with an arrow; one without a start begins
    at the edge.
    """
    rows = _dated(spans)
    if not rows:
        return empty_chart(text)
    low, high = _limits(rows)
    rest, rows = len(rows) - MOST_SPANS, rows[:MOST_SPANS]
    scale = LinearScale(low, high, 8, WIDTH - 8)

    def place(time: float) -> float:
        return WIDTH - scale(time) if text.is_mirrored else scale(time)

    height = _TOP + len(rows) * _ROW
    parts = [*_years(scale, place, height)]
    for n, (span, start, end) in enumerate(rows):
        ends = (start if start is not None else low, end if end is not None else high)
        parts.append(_row(text, span, (place(ends[0]), place(ends[1])), _TOP + n * _ROW))
    if rest > 0:
        parts.append(remark(text, height + 14, rest))
        height += 20
    return drawing(text, WIDTH, height, parts)


def _dated(spans: Sequence[TimeSpan]) -> list[tuple[TimeSpan, float | None, float | None]]:
    rows = []
    for span in spans:
        start = year_of(span.start) if span.start else None
        end = year_of(span.end, at_end=True) if span.end else None
        if span.is_event:
            start = end = start if start is not None else end
        if start is not None or end is not None:
            rows.append((span, start, end))
    return rows


def _limits(rows: Sequence[tuple[TimeSpan, float | None, float | None]]) -> tuple[int, int]:
    """Return the first and the last year of the axis.

    A span without an end goes on: where all began in 2003, an axis that ends in 2004 says that they
    ended then. An open span has room for its arrow.
    """
    times = [time for _, start, end in rows for time in (start, end) if time is not None]
    low, high = math.floor(min(times)), math.ceil(max(times))
    if any(end is None for _, _, end in rows):
        high = max(high, datetime.now(UTC).year)
        high += max(1, round((high - low) / 12))
    if any(start is None for _, start, _ in rows):
        low -= max(1, round((high - low) / 12))
    return low, max(high, low + 1)


def _years(scale: LinearScale, place: Callable[[float], float], height: float) -> Iterator[str]:
    last = -WIDTH
    for tick in scale.ticks(6):
        if tick == round(tick):
            x = place(tick)
            half = text_width(f"{tick:.0f}") / 2
            centre = min(max(x, half), WIDTH - half)
            yield line("f-grid", x, 18, x, height)
            if abs(centre - last) > 2 * half + 6:
                yield label(centre, 13, f"{tick:.0f}", "middle", name="f-text f-quiet")
                last = centre


def _row(text: FigureText, span: TimeSpan, ends: tuple[float, float], y: float) -> str:
    start, end = (date_text(time or "", text.language) for time in (span.start, span.end))
    dates = start or end if span.is_event else f"{start} \u2013 {end}".strip()
    value = cut(dates, WIDTH / 2)
    near, far = (WIDTH, 0.0) if text.is_mirrored else (0.0, WIDTH)
    content = (
        rectangle("f-hit", 0, y, WIDTH, _ROW - 2)
        + label(near, y + 13, cut(span.label, WIDTH - text_width(value) - 10), full=span.label)
        + label(far, y + 13, value, "end", name="f-text f-quiet")
    )
    left, right = min(ends), max(ends)
    if span.is_event:
        content += f'<path class="f-event" d="M{number(left)} {number(y + 18)}l6 6l-6 6l-6-6z"/>'
    else:
        content += rectangle("f-bar", left, y + 19, max(right - left, 2), 11)
        if not span.end:
            tip = ends[1] + (-7 if text.is_mirrored else 7)
            arrow = f"M{number(ends[1])} {number(y + 17)}L{number(tip)} {number(y + 24.5)}"
            content += f'<path class="f-bar" d="{arrow}L{number(ends[1])} {number(y + 32)}z"/>'
    return linked(span.href, f"{span.label}: {dates}", content)
