"""Lines over years, dates or categories, and slopes between two values.

Each line has a colour, a pattern of dashes and a mark of its own, so that nobody needs the colour.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Final

from markupsafe import Markup

from urbansdg.endpoint.figures.bar_chart import axis_title, empty_chart, remark
from urbansdg.endpoint.figures.figure_data import WIDTH, ChartSeries, FigureText
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
from urbansdg.endpoint.figures.value_scale import (
    LinearScale,
    drawable,
    tick_text,
    written,
    year_of,
)

MOST_LINES: Final = 8
"""The most lines of a chart: more colours, dashes and marks nobody tells apart."""

_MOST_POINTS: Final = 400
_MARKS_UP_TO: Final = 40
_TOP: Final = 12.0
_UNIT: Final = 18.0
"""The height of the title of the axis."""

_HEIGHT: Final = 190.0
_AXIS: Final = 20.0
_LEGEND: Final = 24.0
_LEAST_STEP: Final = 16.0
_BESIDE: Final = 10.0
"""Between a slope and the value at its end."""

_Points = list[tuple[float, float]]


def line_chart(text: FigureText, series: Sequence[ChartSeries]) -> Markup:
    """Return lines over a common axis; points without a finite value are left out.

    The first parts of the points are years, dates, numbers, or else categories in the order in
    which they come.
    """
    positions, categories = _positions(series)
    lines = [(one, points) for one in series if (points := _points(one, positions))]
    if not lines:
        return empty_chart(text)
    rest, lines = len(lines) - MOST_LINES, lines[:MOST_LINES]
    values = [y for _, points in lines for _, y in points]
    top = _TOP + (_UNIT if text.unit else 0)
    vertical = LinearScale.over(values, top + _HEIGHT, top).rounded()
    ticks = vertical.ticks()
    margin = max(text_width(tick_text(tick, text.language)) for tick in ticks) + 8
    margin = min(margin, WIDTH / 3)
    horizontal = LinearScale.over(
        _extent(x for _, points in lines for x, _ in points), margin + 8, WIDTH - 14
    )

    def place(x: float) -> float:
        return WIDTH - horizontal(x) if text.is_mirrored else horizontal(x)

    near = WIDTH if text.is_mirrored else 0.0
    parts: list[str] = [axis_title(text)] if text.unit else []
    for tick in ticks:
        y = vertical(tick)
        parts.append(line("f-grid", place(horizontal.low), y, place(horizontal.high), y))
        parts.append(
            label(near, y + 4, cut(tick_text(tick, text.language), margin), name="f-text f-quiet")
        )
    parts += _bottom(text, horizontal, categories, place, top)
    for n, (_, points) in enumerate(lines):
        placed = [(place(x), vertical(y)) for x, y in _thinned(points)]
        parts.append(_path(n, placed))
    bottom = top + _HEIGHT + _AXIS
    for n, (one, points) in enumerate(lines):
        parts.append(_legend(text, n, one, points[-1][1], bottom + n * _LEGEND))
    height = bottom + len(lines) * _LEGEND + 4
    if rest > 0:
        parts.append(remark(text, height + 10, rest))
        height += 18
    return drawing(text, WIDTH, height, parts)


def _positions(series: Sequence[ChartSeries]) -> tuple[dict[str | Decimal, float], list[str]]:
    """Return the position of each first part of a point, and the categories if it is one."""
    keys = list(dict.fromkeys(key for one in series for key, _ in one.points))
    times = {key: _time(key) for key in keys}
    if all(time is not None for time in times.values()):
        return {key: time for key, time in times.items() if time is not None}, []
    return {key: float(n) for n, key in enumerate(keys)}, [str(key) for key in keys]


def _extent(positions: Iterable[float]) -> tuple[float, float]:
    """Return the ends of the horizontal axis; a single year has its neighbours beside it."""
    listed = list(positions)
    low, high = min(listed), max(listed)
    return (low - 1, high + 1) if low == high else (low, high)


def _time(key: str | Decimal) -> float | None:
    if isinstance(key, Decimal):
        return drawable(key)
    year = year_of(key)
    if year is not None:
        return year
    try:
        return drawable(Decimal(key))
    except InvalidOperation:
        return None


def _points(one: ChartSeries, positions: dict[str | Decimal, float]) -> _Points:
    placed = (
        (positions[key], y) for key, value in one.points if (y := drawable(value)) is not None
    )
    return sorted(placed)


def _thinned(points: _Points) -> Iterator[tuple[float, float]]:
    """Yield the points; of very many, the lowest and the highest one of each part of the line."""
    if len(points) <= _MOST_POINTS:
        yield from points
        return
    size = math.ceil(2 * len(points) / _MOST_POINTS)
    for start in range(0, len(points), size):
        part = points[start : start + size]
        ends = {min(part, key=lambda point: point[1]), max(part, key=lambda point: point[1])}
        yield from sorted(ends)


def _bottom(
    text: FigureText,
    scale: LinearScale,
    categories: list[str],
    place: Callable[[float], float],
    top: float,
) -> Iterator[str]:
    """Yield the labels below the horizontal axis, as many as have room."""
    floor = top + _HEIGHT
    if categories:
        labels = [(float(n), name) for n, name in enumerate(categories)]
    else:
        most = 6
        ticks = [tick for tick in scale.ticks(most) if tick == round(tick)] or [scale.low]
        is_year = scale.low >= 1000 and scale.high < 3000  # noqa: PLR2004  # without separators
        labels = [(x, f"{x:.0f}" if is_year else tick_text(x, text.language)) for x in ticks]
    room = (scale.end - scale.start) / max(min(len(labels), 6), 1)
    last = -1e9
    for x, words in labels:
        short = cut(words, max(room - 6, 34))
        half = text_width(short) / 2
        at = place(x)
        centre = min(max(at, half), WIDTH - half)
        distance = abs(centre - last)
        if distance >= half * 2 + 6:
            yield line("f-axis", at, floor, at, floor + 4)
            yield label(centre, floor + 16, short, "middle", name="f-text f-quiet", full=words)
            last = centre


def _path(n: int, placed: _Points) -> str:
    steps = "L".join(f"{number(x)} {number(y)}" for x, y in placed)
    name = f"f-s{n % MOST_LINES}"
    drawn = f'<path class="f-line {name}" d="M{steps}"/>' if len(placed) > 1 else ""
    if len(placed) <= _MARKS_UP_TO:
        drawn += "".join(mark(n, x, y) for x, y in placed)
    return drawn


def mark(n: int, x: float, y: float) -> str:
    """Return the mark of a line at a point: a circle, a square, a diamond or a triangle."""
    at = f"M{number(x)} {number(y)}"
    shape = (
        f"{at}m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
        f"{at}m-3.5-3.5h7v7h-7z",
        f"{at}m0-5l5 5l-5 5l-5-5z",
        f"{at}m0-4.5l4.5 8h-9z",
    )[n % 4]
    empty = " f-empty" if n >= 4 else ""  # noqa: PLR2004  # the second four are outlines
    return f'<path class="f-mark f-s{n % MOST_LINES}{empty}" d="{shape}"/>'


def _legend(text: FigureText, n: int, one: ChartSeries, last: float, y: float) -> str:
    value = cut(tick_text(last, text.language), WIDTH / 3)
    far = 0.0 if text.is_mirrored else WIDTH
    content = (
        rectangle("f-hit", 0, y, WIDTH, _LEGEND)
        + _sample(text, n, one.label, y, WIDTH - 40 - text_width(value) - 10)
        + label(far, y + 16, value, "end", name="f-text f-value")
    )
    return linked(one.href, one.label, content)


def _sample(text: FigureText, n: int, words: str, y: float, room: float) -> str:
    """Return a piece of a line with its mark, and the label of the line beside it."""
    near, side = (WIDTH, -1) if text.is_mirrored else (0.0, 1)
    return (
        f'<path class="f-line f-s{n % MOST_LINES}" '
        f'd="M{number(near + side)} {number(y + 12)}h{number(28 * side)}"/>'
        + mark(n, near + 15 * side, y + 12)
        + label(near + 36 * side, y + 16, cut(words, room), full=words)
    )


def slope_chart(
    text: FigureText,
    sides: tuple[str, str],
    rows: Sequence[tuple[str, Decimal, Decimal]],
) -> Markup:
    """Return a line from the first to the second value of each row, with both written.

    `sides` are the titles of the two values: before and after, baseline and aim.
    """
    drawn = [
        (words, first, second, low, high)
        for words, first, second in rows
        if (low := drawable(first)) is not None and (high := drawable(second)) is not None
    ]
    rest, drawn = len(drawn) - MOST_LINES, drawn[:MOST_LINES]
    if not drawn:
        return empty_chart(text)
    top, height = 28.0, max(110.0, 24.0 * len(drawn))
    scale = LinearScale.over((y for row in drawn for y in row[3:]), top + height, top)
    left, right = WIDTH * 0.28, WIDTH * 0.72
    first_x, second_x = (right, left) if text.is_mirrored else (left, right)
    side = -1 if text.is_mirrored else 1
    room = left - _BESIDE
    parts = [
        line("f-axis", left, top - 6, left, top + height + 6),
        line("f-axis", right, top - 6, right, top + height + 6),
    ]
    for x, side_name in zip((first_x, second_x), sides, strict=True):
        short = cut(side_name, WIDTH * 0.4)
        parts.append(label(x, 14, short, "middle", name="f-text f-quiet", full=side_name))
    before = apart([scale(row[3]) for row in drawn], _LEAST_STEP)
    after = apart([scale(row[4]) for row in drawn], _LEAST_STEP)
    for n, (_, first, second, low, high) in enumerate(drawn):
        parts.append(_path(n, [(first_x, scale(low)), (second_x, scale(high))]))
        start, end = (cut(written(value, text.language), room) for value in (first, second))
        parts.append(
            label(first_x - _BESIDE * side, before[n] + 4, start, "end", name="f-text f-value")
        )
        parts.append(
            label(second_x + _BESIDE * side, after[n] + 4, end, "start", name="f-text f-value")
        )
    lowest = max(top + height, *before, *after)
    y = lowest + 14
    if len(drawn) > 1 or drawn[0][0] != text.title:
        for n, row in enumerate(drawn):
            parts.append(_sample(text, n, row[0], y, WIDTH - 40))
            y += _LEGEND
    if rest > 0:
        parts.append(remark(text, y + 12, rest))
        y += 18
    highest = min(0.0, *(at - 14 for at in (*before, *after)))
    return drawing(text, WIDTH, y + 2 - highest, parts, top=highest)


def apart(places: Sequence[float], least: float) -> list[float]:
    """Return positions in the same order that have at least a distance between them."""
    order = sorted(range(len(places)), key=lambda n: places[n])
    moved = list(places)
    for before, after in pairwise(order):
        moved[after] = max(moved[after], moved[before] + least)
    shift = sum(moved[n] - places[n] for n in order) / max(len(order), 1)
    return [place - shift for place in moved]
