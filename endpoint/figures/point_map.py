"""Maps of places: near ones join into a circle with the sum of their numbers."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from urbansdg.endpoint.figures.figure_data import WIDTH, FigureText, MapArc, MapPoint
from urbansdg.endpoint.figures.svg_markup import (
    cleaned,
    cut,
    drawing,
    is_address,
    linked,
    number,
    rectangle,
    text_width,
)
from urbansdg.endpoint.figures.value_scale import written
from urbansdg.endpoint.figures.world_map import (
    DETAIL,
    MapWindow,
    is_far_apart,
    region_paths,
    window_of,
    world,
    world_land,
)

ListAddress = Callable[[Sequence[MapPoint]], str | None]
"""Returns the address of the list of the places in a circle."""

_HEIGHT: Final = 300.0
_LEAST_DEGREES: Final = 16.0
_MOST_LABELS: Final = 14
_MOST_NAMES: Final = 4
_MOST_ARCS: Final = 40
_SHORT: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Layer:
    """Circles for a width of screen: their least distance, their sizes and that of their text."""

    name: str
    distance: float
    least: float
    text: float


_WIDE: Final = _Layer("f-wide", 27, 11, 11)
_NARROW: Final = _Layer("f-narrow", 62, 26, 24)
_REGION: Final = _Layer("f-all", 36, 15, 12)


@dataclass(slots=True)
class _Circle:
    """A circle on a map, and the places that it stands for."""

    x: float
    y: float
    places: list[MapPoint] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The sum of the numbers of its places."""
        return sum(place.number for place in self.places)


def point_map(
    text: FigureText,
    points: Sequence[MapPoint],
    *,
    is_region: bool = False,
    arcs: Sequence[MapArc] = (),
    address: ListAddress | None = None,
) -> Markup:
    """Return a map of places; those that are not on earth are left out.

    A map of a region is drawn around its places, with the borders of countries: the page has to
    show the disclaimer of the United Nations with it. If they are too far apart, the map is one of
    the world, with land only. A place whose number is zero is a dot. `address` returns the address
    of the list of joined places.
    """
    valid = [point for point in points if is_on_earth(point.longitude, point.latitude)]
    if has_borders(valid, is_region=is_region):
        return _region(text, valid, arcs, address)
    window = world()
    parts = [rectangle("f-sea", 0, 0, window.width, window.height), _land(world_land())]
    parts += _arcs(window, arcs)
    for layer in (_WIDE, _NARROW):
        circles = _joined(window, valid, layer)
        drawn = "".join(_circle(text, circle, layer, address) for circle in circles)
        parts.append(f'<g class="{layer.name}">{drawn}</g>')
    return drawing(text, window.width, window.height, parts, "chart world")


def is_on_earth(longitude: float, latitude: float) -> bool:
    """Return whether a longitude and a latitude in degrees are a place on earth."""
    return abs(longitude) <= 180 and abs(latitude) <= 90  # noqa: PLR2004


def has_borders(points: Iterable[MapPoint], *, is_region: bool) -> bool:
    """Return whether the map of these places has borders, and needs the disclaimer."""
    places = [
        (point.longitude, point.latitude)
        for point in points
        if is_on_earth(point.longitude, point.latitude)
    ]
    return is_region and bool(places) and not is_far_apart(places)


def _land(path: str) -> str:
    return f'<path class="f-land" transform="scale({1 / DETAIL})" d="{path}"/>'


def _region(
    text: FigureText,
    points: Sequence[MapPoint],
    arcs: Sequence[MapArc],
    address: ListAddress | None,
) -> Markup:
    places = [(point.longitude, point.latitude) for point in points]
    window = window_of(places, WIDTH, _HEIGHT, _LEAST_DEGREES)
    land, borders = region_paths(window)
    circles = _joined(window, points, _REGION)
    parts = [
        rectangle("f-sea", 0, 0, WIDTH, _HEIGHT),
        _land(land),
        f'<path class="f-border" transform="scale({1 / DETAIL})" d="{borders}"/>',
        *_arcs(window, arcs),
        *(_circle(text, circle, _REGION, address) for circle in circles),
        *_labels(circles),
    ]
    return drawing(text, WIDTH, _HEIGHT, parts, "chart region")


def _joined(window: MapWindow, points: Sequence[MapPoint], layer: _Layer) -> list[_Circle]:
    """Return circles with at least a distance between them, in one pass over a grid."""
    grid: dict[tuple[int, int], list[_Circle]] = {}
    circles: list[_Circle] = []
    edge = layer.distance / 2
    ordered = sorted(
        points, key=lambda point: (not point.is_focus, -point.number, point.label, point.longitude)
    )
    for point in ordered:
        x, y = window.place(point.longitude, point.latitude)
        x = min(max(x, edge), window.width - edge)
        y = min(max(y, edge), window.height - edge)
        column, row = int(x // layer.distance), int(y // layer.distance)
        near = [
            (math.hypot(circle.x - x, circle.y - y), n, circle)
            for n, circle in enumerate(
                circle
                for to_column in (column - 1, column, column + 1)
                for to_row in (row - 1, row, row + 1)
                for circle in grid.get((to_column, to_row), ())
            )
        ]
        distance, _, circle = min(near, default=(math.inf, 0, None), key=lambda it: it[:2])
        if circle is None or distance >= layer.distance:
            circle = _Circle(x, y)
            circles.append(circle)
            grid.setdefault((column, row), []).append(circle)
        circle.places.append(point)
    return circles


def _circle(text: FigureText, circle: _Circle, layer: _Layer, address: ListAddress | None) -> str:
    place = circle.places[0]
    is_one = len(circle.places) == 1
    total = written(Decimal(circle.number or len(circle.places)), text.language)
    is_dot = is_one and not circle.number
    inside = "" if is_dot else _short(circle, text.language)
    growth = math.log10(max(circle.number, 1)) * 1.6
    needed = text_width(inside, layer.text)
    radius = min(max(layer.least + growth, needed / 2 + 2), layer.distance / 2)
    size = layer.text * min(1.0, (2 * radius - 4) / max(needed, 1.0))
    names = ", ".join(one.label for one in circle.places[:_MOST_NAMES])
    if len(circle.places) > _MOST_NAMES:
        names += "…"
    words = names if is_dot else f"{names}: {total}"
    kind = " f-focus" if place.is_focus else "" if is_one else " f-joined"
    x, y = number(circle.x), number(circle.y)
    href = place.href if is_one else address(circle.places) if address is not None else None
    content = "" if is_address(href) else f"<title>{cleaned(words)}</title>"  # a link has it
    if is_dot:
        content += f'<circle class="f-hit" cx="{x}" cy="{y}" r="{number(radius)}"/>'
        radius = layer.least / 2
    content += f'<circle class="f-point{kind}" cx="{x}" cy="{y}" r="{number(radius)}"/>'
    if inside:
        content += (
            f'<text class="f-number" x="{x}" y="{number(circle.y + size * 0.36)}" '
            f'font-size="{number(size)}" text-anchor="middle">{cleaned(inside)}</text>'
        )
    content = f"<g>{content}</g>"
    return linked(href, words, content)


def _short(circle: _Circle, language: str) -> str:
    """Return the number in a circle, a large one in short form: 1.2K."""
    number_of = Decimal(circle.number or len(circle.places))
    return written(number_of, language, compact_from=_SHORT)


def _labels(circles: Sequence[_Circle]) -> list[str]:
    """Return the names beside circles, where one fits between the others."""
    boxes = [(c.x - 18, c.y - 18, c.x + 18, c.y + 18) for c in circles]
    labels = []
    for circle in circles[:_MOST_LABELS]:
        names = circle.places[0].label
        if len(circle.places) > 1:
            names += " …"
        words = cut(names, 130, 12)
        width = text_width(words, 12)
        for left in (circle.x + 20, circle.x - 20 - width):
            box = (left, circle.y - 8, left + width, circle.y + 8)
            if left >= 2 and left + width <= WIDTH - 2 and not any(_overlap(box, b) for b in boxes):  # noqa: PLR2004
                boxes.append(box)
                centre = number(left + width / 2)
                labels.append(
                    f'<text class="f-place" x="{centre}" y="{number(circle.y + 4)}" '
                    f'text-anchor="middle" font-size="12">{cleaned(words)}</text>'
                )
                break
    return labels


_Box = tuple[float, float, float, float]


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _arcs(window: MapWindow, arcs: Sequence[MapArc]) -> list[str]:
    """Return curves from one place to another, each with an arrow in its middle."""
    drawn = []
    for arc in arcs[:_MOST_ARCS]:
        ends = (arc.start, arc.end)
        if not all(is_on_earth(point.longitude, point.latitude) for point in ends):
            continue
        (x1, y1), (x2, y2) = (window.place(point.longitude, point.latitude) for point in ends)
        length = math.hypot(x2 - x1, y2 - y1)
        if length < 1:
            continue
        bend = min(length * 0.2, 40)
        middle_x, middle_y = (x1 + x2) / 2, (y1 + y2) / 2 - bend
        top_x, top_y = (x1 + x2) / 4 + middle_x / 2, (y1 + y2) / 4 + middle_y / 2
        way_x, way_y = (x2 - x1) / length, (y2 - y1) / length
        tip = (top_x + 7 * way_x, top_y + 7 * way_y)
        left = (top_x - 5 * way_x - 5 * way_y, top_y - 5 * way_y + 5 * way_x)
        right = (top_x - 5 * way_x + 5 * way_y, top_y - 5 * way_y - 5 * way_x)
        head = "L".join(f"{number(x)} {number(y)}" for x, y in (tip, left, right))
        control = f"{number(middle_x)} {number(middle_y)}"
        curve = f"M{number(x1)} {number(y1)}Q{control} {number(x2)} {number(y2)}"
        drawn.append(
            f'<path class="f-arc" d="{curve}"><title>{cleaned(arc.label)}</title></path>'
            f'<path class="f-head" d="M{head}z"/>'
        )
    return drawn
