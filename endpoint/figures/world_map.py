"""The land of the world and the borders between countries in the Equal Earth projection.

`world_map.csv` is made by `world_map_source.py`. The world view has land only. A regional view is
drawn around its own central meridian, so that shapes are near true and the antimeridian is no edge.
"""

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from urbansdg.endpoint.figures.equal_earth import project
from urbansdg.endpoint.figures.figure_data import Degrees

WORLD_WIDTH: Final = 720.0
"""The width of the world in its own units."""

_SOUTH: Final = -57.0
_NORTH: Final = 84.0
_HALF_TURN: Final = 180.0
DETAIL: Final = 4
"""The parts of a unit in paths, which have whole numbers only: shorter than decimals."""

_MARGIN: Final = 6.0  # degrees around a window, as meridians are curved


@dataclass(frozen=True, slots=True)
class MapWindow:
    """A part of the earth on a drawing of a width and a height.

    `longitude` is the central meridian, `scale` the units in one radius of the sphere, and `x` and
    `y` the projected position of the upper left corner.
    """

    longitude: float
    scale: float
    x: float
    y: float
    width: float
    height: float

    def place(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Return the position of a place on the drawing."""
        east = (longitude - self.longitude + _HALF_TURN) % (2 * _HALF_TURN) - _HALF_TURN
        return self._placed(east, latitude)

    def _placed(self, east: float, latitude: float) -> tuple[float, float]:
        x, y = project(east, latitude)
        return (x - self.x) * self.scale, (self.y - y) * self.scale

    def path(self, lines: Iterable[Sequence[Degrees]], *, is_closed: bool) -> str:
        """Return a path in quarters of a unit; its lines have longitudes from the centre."""
        parts: list[str] = []
        for points in lines:
            steps: list[str] = []
            x = y = 0
            for east, latitude in points:
                to_x, to_y = (round(at * DETAIL) for at in self._placed(east, latitude))
                if not steps:
                    steps.append(f"M{to_x} {to_y}")
                elif (to_x, to_y) != (x, y):
                    steps.append(_step(to_x - x, to_y - y, is_first=len(steps) == 1))
                x, y = to_x, to_y
            if len(steps) > (2 if is_closed else 1):
                parts.append("".join(steps) + ("z" if is_closed else ""))
        return "".join(parts)


def _step(x: int, y: int, *, is_first: bool) -> str:
    start = "l" if is_first else "" if x < 0 else " "
    return f"{start}{x}{'' if y < 0 else ' '}{y}"


@cache
def _lines(layer: str) -> tuple[tuple[Degrees, ...], ...]:
    """Return the lines of a layer of the map, in degrees."""
    text = files("urbansdg.endpoint.figures").joinpath("world_map.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(tuple(_points(row["points"])) for row in rows if row["layer"] == layer)


def _points(steps: str) -> Iterator[Degrees]:
    numbers = iter(map(int, steps.split()))
    x = y = 0
    for step_x, step_y in zip(numbers, numbers, strict=True):
        x, y = x + step_x, y + step_y
        yield x / 100, y / 100


@cache
def world() -> MapWindow:
    """Return the window of the world without Antarctica."""
    east, _ = project(_HALF_TURN, 0)
    _, top = project(0, _NORTH)
    _, bottom = project(0, _SOUTH)
    scale = WORLD_WIDTH / (2 * east)
    return MapWindow(0, scale, -east, top, WORLD_WIDTH, round((top - bottom) * scale))


@cache
def world_land() -> str:
    """Return the path of the land of the world."""
    return _land(world())


def window_of(places: Sequence[Degrees], width: float, height: float, least: float) -> MapWindow:
    """Return the smallest window that has all places, and at least so many degrees of latitude.

    Its central meridian is the middle of the places on the shorter way around the earth.
    """
    west, span = _shorter_way([longitude for longitude, _ in places])
    longitude = west + span / 2
    latitudes = [latitude for _, latitude in places]
    corners = [
        project(east, latitude)
        for east in (-span / 2, span / 2)
        for latitude in (min(latitudes), max(latitudes))
    ]
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    bottom, top = min(y for _, y in corners), max(y for _, y in corners)
    _, one = project(0, least)
    room = 1.35  # so that no place is at the edge
    scale = min(
        height / max((top - bottom) * room, one),
        width / max((right - left) * room, one * width / height),
    )
    x = (left + right) / 2 - width / scale / 2
    y = (top + bottom) / 2 + height / scale / 2
    return MapWindow(longitude, scale, x, y, width, height)


def _shorter_way(longitudes: Sequence[float]) -> tuple[float, float]:
    """Return the westernmost longitude, and the degrees to the easternmost one."""
    turn = 2 * _HALF_TURN
    ordered = sorted({longitude % turn for longitude in longitudes})
    gaps = [
        ((ordered[(n + 1) % len(ordered)] - longitude) % turn or turn, n)
        for n, longitude in enumerate(ordered)
    ]
    gap, n = max(gaps)
    return ordered[(n + 1) % len(ordered)], turn - gap


def region_paths(window: MapWindow) -> tuple[str, str]:
    """Return the paths of the land and of the borders in a window."""
    box = _bounds(window)
    borders = (
        points for points in _around(_lines("border"), window.longitude) if _touches(points, *box)
    )
    return _land(window), window.path(borders, is_closed=False)


def _land(window: MapWindow) -> str:
    box = _bounds(window)
    rings = _around(_lines("land"), window.longitude)
    clipped = (_clipped(ring, *box) for ring in rings if _touches(ring, *box))
    return window.path(clipped, is_closed=True)


def _bounds(window: MapWindow) -> tuple[float, float, float, float]:
    """Return the degrees that surely contain a window: west and east from its centre."""
    _, pole = project(0, 90)
    top = min(window.y, pole)
    bottom = max(window.y - window.height / window.scale, -pole)
    north, south = _latitude(top) + _MARGIN, _latitude(bottom) - _MARGIN
    farthest = max(abs(window.x), abs(window.x + window.width / window.scale))
    steepest = min(max(abs(north), abs(south)), 89.0)
    unit, _ = project(1, steepest)
    half = min(farthest / unit + _MARGIN, _HALF_TURN)
    return -half, south, half, north


def _latitude(y: float) -> float:
    low, high = -90.0, 90.0
    for _ in range(30):
        middle = (low + high) / 2
        if project(0, middle)[1] < y:
            low = middle
        else:
            high = middle
    return low


def _around(lines: Iterable[Sequence[Degrees]], centre: float) -> Iterator[list[Degrees]]:
    """Yield lines with their longitudes from a centre; those across its antimeridian twice."""
    for points in lines:
        for turn in (-2 * _HALF_TURN, 0.0, 2 * _HALF_TURN):
            moved = [(longitude - centre + turn, latitude) for longitude, latitude in points]
            if any(abs(east) <= _HALF_TURN for east, _ in moved):
                yield moved


def _touches(
    points: Sequence[Degrees], west: float, south: float, east: float, north: float
) -> bool:
    return (
        any(x >= west for x, _ in points)
        and any(x <= east for x, _ in points)
        and any(y >= south for _, y in points)
        and any(y <= north for _, y in points)
    )


def _clipped(
    ring: list[Degrees], west: float, south: float, east: float, north: float
) -> list[Degrees]:
    """Return the part of a ring in a box, by the algorithm of Sutherland and Hodgman (1974)."""
    for axis, limit, sign in ((0, west, 1), (0, east, -1), (1, south, 1), (1, north, -1)):
        inside: list[Degrees] = []
        for n, point in enumerate(ring):
            before = ring[n - 1]
            is_in = sign * (point[axis] - limit) >= 0
            was_in = sign * (before[axis] - limit) >= 0
            if is_in != was_in:
                part = (limit - before[axis]) / (point[axis] - before[axis])
                inside.append(
                    (
                        before[0] + part * (point[0] - before[0]),
                        before[1] + part * (point[1] - before[1]),
                    )
                )
            if is_in:
                inside.append(point)
        ring = inside
    return ring


def is_far_apart(places: Sequence[Degrees]) -> bool:
    """Return whether places are so far apart that only a map of the world has them all."""
    _, span = _shorter_way([longitude for longitude, _ in places])
    latitudes = [latitude for _, latitude in places]
    return span > 110 or max(latitudes) - min(latitudes) > 90 or not math.isfinite(span)  # noqa: PLR2004
