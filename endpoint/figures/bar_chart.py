"""Bars: the label and the value above each bar, so that long labels have the whole width."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from urbansdg.endpoint.figures.figure_data import WIDTH, BarRow, FigureText
from urbansdg.endpoint.figures.svg_markup import (
    cut,
    drawing,
    label,
    line,
    linked,
    rectangle,
    text_width,
)
from urbansdg.endpoint.figures.value_scale import LinearScale, drawable, written

MOST_BARS: Final = 40
"""The most bars of a chart; the table has all rows."""

_ROW: Final = 40.0
_BAR: Final = 13.0
_GAP: Final = 10.0
_HEAD: Final = 28.0
_UNIT: Final = 20.0
"""The height of the title of the axis."""


def bar_chart(
    text: FigureText,
    rows: Sequence[BarRow],
    *,
    goals: Sequence[str] = (),
    whole: Decimal | None = None,
) -> Markup:
    """Return bars from zero, in the order of the rows; negative ones go to the other side.

    `goals` has the code of the goal of each row, whose colour its bar has. `whole` is the highest
    possible value: a frame around each bar shows it. Rows whose value is not finite are left out.
    """
    bars = [
        (row, value, goals[n] if n < len(goals) else "")
        for n, row in enumerate(rows)
        if (value := drawable(row[1])) is not None
    ]
    most = drawable(whole) if whole is not None else None
    values = [value for _, value, _ in bars] + ([most] if most is not None else [])
    scale = LinearScale.over(values, 0, WIDTH, with_zero=True)
    zero = scale(0)
    top_of_bars = _UNIT if text.unit and bars else 0.0
    parts = [axis_title(text)] if top_of_bars else []
    parts += [
        rectangle("f-whole", 0, top_of_bars + n * _ROW + 19, WIDTH, _BAR)
        for n in range(min(len(bars), MOST_BARS))
        if most is not None
    ]
    parts += [
        _bar(text, top_of_bars + n * _ROW, row, (zero, scale(value)), goal)
        for n, (row, value, goal) in enumerate(bars[:MOST_BARS])
    ]
    height = top_of_bars + max(min(len(bars), MOST_BARS), 1) * _ROW
    if zero > 0:
        x = WIDTH - zero if text.is_mirrored else zero
        tops = [top_of_bars + n * _ROW + 17 for n in range(min(len(bars), MOST_BARS))]
        parts += [line("f-axis", x, top, x, top + _BAR + 4) for top in tops]
    rest = len(bars) - MOST_BARS
    if rest > 0 or not bars:
        parts.append(remark(text, height + 14 if bars else 20, rest))
        height += 20 if bars else 0
    return drawing(text, WIDTH, height, parts)


def bar_groups(text: FigureText, groups: Sequence[tuple[str, Sequence[BarRow]]]) -> Markup:
    """Return bars in groups with their titles, each with its own scale: amounts in currencies.

    All groups together have at most as many bars as a chart.
    """
    parts: list[str] = []
    y, left, rest = 0.0, MOST_BARS, 0
    near = WIDTH if text.is_mirrored else 0.0
    for title, rows in groups:
        bars = [(row, value) for row in rows if (value := drawable(row[1])) is not None]
        rest += max(len(bars) - left, 0)
        bars = bars[:left]
        left -= len(bars)
        if not bars:
            continue
        scale = LinearScale.over((value for _, value in bars), 0, WIDTH, with_zero=True)
        parts.append(label(near, y + 16, cut(title, WIDTH), name="f-text f-value", full=title))
        parts.append(line("f-axis", 0, y + 22, WIDTH, y + 22))
        y += _HEAD
        for row, value in bars:
            parts.append(_bar(text, y, row, (scale(0), scale(value)), ""))
            y += _ROW
        y += _GAP
    if rest > 0 or not parts:
        parts.append(remark(text, y + 14, rest))
        y += 20
    return drawing(text, WIDTH, y, parts)


def empty_chart(text: FigureText) -> Markup:
    """Return a drawing that says that there is nothing to draw."""
    return drawing(text, WIDTH, 30, [remark(text, 20, 0)])


def axis_title(text: FigureText) -> str:
    """Return the unit of the values, above them at the side where reading starts."""
    near = WIDTH if text.is_mirrored else 0.0
    return label(near, 13, cut(text.unit, WIDTH), name="f-text f-quiet", full=text.unit)


def remark(text: FigureText, y: float, rest: int) -> str:
    """Return the note on rows that are left out, or on a figure without any."""
    note = text.words("more", n=rest) if rest > 0 else text.words("nothing_to_draw")
    return label(WIDTH if text.is_mirrored else 0, y, note, name="f-text f-quiet")


def goal_class(code: str) -> str:
    """Return the class of the colour of a goal, "" for another code."""
    is_goal = code.isascii() and code.isdecimal() and 1 <= int(code[:3]) <= 17  # noqa: PLR2004
    return f"g{int(code)}" if is_goal else ""


def _bar(text: FigureText, y: float, row: BarRow, ends: tuple[float, float], goal: str) -> str:
    words, exact, href = row
    value = cut(written(exact, text.language), WIDTH / 2)
    name = cut(words, WIDTH - text_width(value) - _GAP)
    left, right = min(ends), max(ends)
    if text.is_mirrored:
        left, right = WIDTH - right, WIDTH - left
    left = min(left, WIDTH - 1)  # a bar of zero is one unit wide
    near, far = (WIDTH, 0.0) if text.is_mirrored else (0.0, WIDTH)
    content = (
        rectangle("f-hit", 0, y, WIDTH, _ROW - 2)
        + label(near, y + 13, name, full=words)
        + label(far, y + 13, value, "end", name="f-text f-value")
        + rectangle(f"f-bar {goal_class(goal)}".rstrip(), left, y + 19, max(right - left, 1), _BAR)
    )
    return linked(href, f"{words}: {written(exact, text.language)}", content)
