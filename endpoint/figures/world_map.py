"""The land of the world and the borders between countries in the Equal Earth projection.

`world_map.csv` is made by `world_map_source.py`. The world view has land only. A regional view is
drawn around its own central meridian, so that shapes are near true and the antimeridian is no edge.
"""

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from urbansdg.endpoint.figures.equal_earth import project, unproject
from urbansdg.endpoint.figures.figure_data import Degrees

WORLD_WIDTH: Final = 720.0
"""The width of the world in its own units."""

_SOUTH: Final = -57.0
_NORTH: Final = 84.0
_HALF_TURN: Final = 180.0
DETAIL: Final = 4
"""The parts of a unit in paths, which have whole numbers only: shorter than decimals."""

_STEP: Final = 2  # degrees between the centres of windows
_GROWTH: Final = 1.1  # from one scale to the next
_MARGIN: Final = 6.0  # degrees around a window, as meridians are curved

_Box = tuple[float, float, float, float]
"""West, south, east and north, in degrees."""


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


@cache
def _boxes(layer: str) -> tuple[_Box, ...]:
    """Return the west, south, east and north of each line of a layer."""
    return tuple(
        (min(x), min(y), max(x), max(y))
        for x, y in (tuple(zip(*points, strict=True)) for points in _lines(layer))
    )


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
    """Return a window that has all places, and at least so many degrees of latitude.

    Its central meridian is near the middle of the places on the shorter way around the earth.
    Centres and scales are in steps, so that near places share a window and its paths are kept.
    """
    west, span = _shorter_way([longitude for longitude, _ in places])
    longitude = float(round((west + span / 2) / _STEP) * _STEP)
    latitudes = [latitude for _, latitude in places]
    latitude = float(round((min(latitudes) + max(latitudes)) / 2 / _STEP) * _STEP)
    _, centre = project(0, min(max(latitude, -80.0), 80.0))
    half_x = half_y = 0.0
    for place in places:
        east = (place[0] - longitude + _HALF_TURN) % (2 * _HALF_TURN) - _HALF_TURN
        x, y = project(east, place[1])
        half_x, half_y = max(half_x, abs(x)), max(half_y, abs(y - centre))
    _, one = project(0, least)
    room = 2.5  # so that no place is at the edge
    scale = min(height / max(half_y * room, one), width / max(half_x * room, one))
    scale = _GROWTH ** math.floor(math.log(scale, _GROWTH))
    return MapWindow(
        longitude, scale, -width / scale / 2, centre + height / scale / 2, width, height
    )


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


@lru_cache(maxsize=128)
def region_paths(window: MapWindow) -> tuple[str, str]:
    """Return the paths of the land and of the borders in a window."""
    borders = _inside("border", window.longitude, _bounds(window))
    return _land(window), window.path(borders, is_closed=False)


def _land(window: MapWindow) -> str:
    box = _bounds(window)
    rings = _inside("land", window.longitude, box)
    return window.path((_clipped(ring, *box) for ring in rings), is_closed=True)


def _bounds(window: MapWindow) -> _Box:
    """Return the degrees that surely contain a window: west and east from its centre."""
    _, pole = project(0, 90)
    top = min(window.y, pole)
    bottom = max(window.y - window.height / window.scale, -pole)
    north, south = unproject(0, top)[1] + _MARGIN, unproject(0, bottom)[1] - _MARGIN
    farthest = max(abs(window.x), abs(window.x + window.width / window.scale))
    steepest = min(max(abs(north), abs(south)), 89.0)
    unit, _ = project(1, steepest)
    half = min(farthest / unit + _MARGIN, _HALF_TURN)
    return -half, south, half, north


def _inside(layer: str, centre: float, box: _Box) -> Iterator[list[Degrees]]:
    """Yield the lines of a layer that are partly in a box, with longitudes from a centre.

    A line across the antimeridian of the centre comes twice, once at each end of the map. Lines may
    begin more than a turn away, as those of Africa do, which are joined to Chukotka.
    """
    west, south, east, north = box
    for points, bounds in zip(_lines(layer), _boxes(layer), strict=True):
        if bounds[1] > north or bounds[3] < south:
            continue
        first = math.ceil((west - bounds[2] + centre) / (2 * _HALF_TURN))
        last = math.floor((east - bounds[0] + centre) / (2 * _HALF_TURN))
        for turn in range(first, last + 1):
            shift = turn * 2 * _HALF_TURN - centre
            yield [(longitude + shift, latitude) for longitude, latitude in points]


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
