"""Small multiples of the goals: for each goal the same small bars on the same scale.

The colours are the official ones of the goals. Their use: the guidelines of the United Nations for
the SDG logo, the colour wheel and the 17 icons (2023). The icons and the logo are not used.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from urbansdg.endpoint.figures.bar_chart import empty_chart, goal_class
from urbansdg.endpoint.figures.figure_data import WIDTH, FigureText, GoalValues
from urbansdg.endpoint.figures.svg_markup import (
    cut,
    drawing,
    label,
    line,
    linked,
    rectangle,
)
from urbansdg.endpoint.figures.value_scale import LinearScale, drawable, written

_COLUMNS: Final = 3
_GAP: Final = 12.0
_PANEL: Final = 92.0
_BARS_TOP: Final = 34.0
_BARS_BOTTOM: Final = 72.0
_MOST_PANELS: Final = 17
_MOST_BARS: Final = 30


def goal_chart(text: FigureText, panels: Sequence[GoalValues]) -> Markup:
    """Return a panel for each goal, with a bar for each of its values and their sum.

    All panels have the bars of the first one at the same places, and the same scale.
    """
    panels = panels[:_MOST_PANELS]
    if not panels:
        return empty_chart(text)
    keys = list(dict.fromkeys(key for panel in panels for key, _ in panel.values))[:_MOST_BARS]
    numbers = [drawable(value) for panel in panels for _, value in panel.values]
    highest = max((value for value in numbers if value is not None), default=0.0)
    scale = LinearScale(0, max(highest, 1e-9), _BARS_BOTTOM, _BARS_TOP)
    width = (WIDTH - (_COLUMNS - 1) * _GAP) / _COLUMNS
    parts = []
    for n, panel in enumerate(panels):
        row, column = divmod(n, _COLUMNS)
        left = column * (width + _GAP)
        left = WIDTH - width - left if text.is_mirrored else left
        parts.append(_panel(text, panel, keys, scale, (left, row * _PANEL, width)))
    rows = -(-len(panels) // _COLUMNS)
    return drawing(text, WIDTH, rows * _PANEL, parts)


def _panel(
    text: FigureText,
    panel: GoalValues,
    keys: list[str],
    scale: LinearScale,
    box: tuple[float, float, float],
) -> str:
    left, top, width = box
    finite = [(key, value) for key, value in panel.values if drawable(value) is not None]
    total = written(sum((value for _, value in finite), Decimal()), text.language)
    values = {key: drawable(value) or 0.0 for key, value in finite}
    start, end = (left + width, left) if text.is_mirrored else (left, left + width)
    colour = goal_class(panel.code)
    side = -1 if text.is_mirrored else 1
    square = start if side > 0 else start - 24
    content = (
        rectangle("f-hit", left, top, width, _PANEL - 8)
        + rectangle(f"f-bar {colour}".rstrip(), square, top + 22, 24, 5)
        + label(square + 12, top + 17, cut(panel.code, 24), "middle", name="f-text f-code")
        + label(start + 30 * side, top + 17, cut(total, width - 32), name="f-text f-value")
    )
    step = width / max(len(keys), 1)
    for n, key in enumerate(keys):
        value = values.get(key, 0.0)
        if value > 0:
            y = top + scale(value)
            x = start - (n + 1) * step if side < 0 else start + n * step
            content += rectangle(
                f"f-bar {colour}".rstrip(), x + 1, y, max(step - 2, 0.5), top + _BARS_BOTTOM - y
            )
    base = top + _BARS_BOTTOM
    content += line("f-axis", left, base, left + width, base)
    if len(keys) > 1:
        content += label(start, base + 13, cut(keys[0], width / 2, 11), name="f-small")
        content += label(end, base + 13, cut(keys[-1], width / 2, 11), "end", name="f-small")
    return linked(panel.href, f"{panel.code} {panel.name}: {total}", content)
