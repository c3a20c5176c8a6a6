"""Makes `world_map.csv` from the TopoJSON files of the npm package `world-atlas`.

    npm install world-atlas@2
    python -m urbansdg.endpoint.figures.world_map_source node_modules/world-atlas

The file has the land (`land-110m.json`) as rings and the borders between countries
(`countries-110m.json`) as lines. Each row has the name of a layer, and longitudes and latitudes in
hundredths of a degree: the first point, then the difference to each next one. A line across the
antimeridian goes on beyond 180 degrees. TopoJSON is described at
https://github.com/topojson/topojson-specification. The maps are of Natural Earth, in the public
domain; the package is under the ISC licence, which `world_map_licence.txt` repeats.
"""

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from urbansdg.endpoint.figures.figure_data import Degrees

_TOLERANCE: Final = 0.08
"""Points nearer than this to the line between their neighbours are left out: 0.2 px at 720 px."""

_LAND: Final = "land-110m.json"
_COUNTRIES: Final = "countries-110m.json"
_LOWEST: Final = -60.0
"""Land that is wholly south of this is left out: nobody lives in Antarctica."""


def layers(folder: Path) -> Iterator[tuple[str, list[Degrees]]]:
    """Yield the name of the layer and the points of each ring of land and each border."""
    land = json.loads((folder / _LAND).read_text("utf-8"))
    arcs = _arcs(land)
    for geometry in land["objects"]["land"]["geometries"]:
        for indexes in _rings(geometry):
            ring = _unwrapped(_joined(arcs, indexes))
            if max(latitude for _, latitude in ring) > _LOWEST:
                yield "land", _simplified(ring)
    countries = json.loads((folder / _COUNTRIES).read_text("utf-8"))
    arcs = _arcs(countries)
    uses = Counter(
        index if index >= 0 else ~index
        for geometry in countries["objects"]["countries"]["geometries"]
        for ring_of_arcs in _rings(geometry)
        for index in ring_of_arcs
    )
    for index, number in sorted(uses.items()):
        if number > 1:  # two countries have it, so it is a border and no coast
            yield "border", _simplified(_unwrapped(arcs[index]))


def _arcs(topology: dict[str, Any]) -> list[list[Degrees]]:
    (scale_x, scale_y) = topology["transform"]["scale"]
    (start_x, start_y) = topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            points.append((x * scale_x + start_x, y * scale_y + start_y))
        arcs.append(points)
    return arcs


def _rings(geometry: dict[str, Any]) -> Iterator[list[int]]:
    if geometry["type"] == "Polygon":
        yield from geometry["arcs"]
    elif geometry["type"] == "MultiPolygon":
        for polygon in geometry["arcs"]:
            yield from polygon


def _joined(arcs: Sequence[list[Degrees]], indexes: Iterable[int]) -> list[Degrees]:
    points: list[Degrees] = []
    for index in indexes:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        points += arc[1:] if points else arc
    return points


def _unwrapped(points: Sequence[Degrees]) -> list[Degrees]:
    """Return points without jumps at the antimeridian: their longitudes go on beyond 180."""
    turn = 0
    moved = [points[0]]
    for (before, _), (longitude, latitude) in pairwise(points):
        turn += 360 if longitude - before < -180 else -360 if longitude - before > 180 else 0  # noqa: PLR2004
        moved.append((longitude + turn, latitude))
    return moved


def _simplified(points: list[Degrees]) -> list[Degrees]:
    """Return a line with fewer points, by the algorithm of Douglas and Peucker (1973)."""
    if len(points) < 3:  # noqa: PLR2004  # a straight line
        return points
    (x1, y1), (x2, y2) = points[0], points[-1]
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5

    def distance(point: Degrees) -> float:
        x, y = point
        if not length:  # a ring, whose ends meet
            return float(((x - x1) ** 2 + (y - y1) ** 2) ** 0.5)
        return float(abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length)

    farthest = max(range(1, len(points) - 1), key=lambda n: distance(points[n]))
    if distance(points[farthest]) <= _TOLERANCE:
        return [points[0], points[-1]]
    return _simplified(points[: farthest + 1])[:-1] + _simplified(points[farthest:])


def _steps(points: Iterable[Degrees]) -> str:
    x = y = 0
    numbers: list[int] = []
    for longitude, latitude in points:
        column, row = round(longitude * 100), round(latitude * 100)
        if not numbers or (column, row) != (x, y):
            numbers += [column - x, row - y]
            x, y = column, row
    return " ".join(map(str, numbers))


def main(folder: str) -> None:
    """Write `world_map.csv` beside this module."""
    file = Path(__file__).with_name("world_map.csv")
    with file.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(("layer", "points"))
        for layer, points in layers(Path(folder)):
            table.writerow((layer, _steps(points)))


if __name__ == "__main__":
    main(sys.argv[1])
