"""Maps: the projection, the land, and places that join into circles."""

import math
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.endpoint.figures.svg_boxes import parsed, path_points, points_of, view_box
from urbansdg.endpoint.figures.equal_earth import project, unproject
from urbansdg.endpoint.figures.figure_data import FigureText, MapArc, MapPoint
from urbansdg.endpoint.figures.point_map import has_borders, point_map
from urbansdg.endpoint.figures.world_map import (
    DETAIL,
    is_far_apart,
    region_paths,
    window_of,
    world,
    world_land,
)

_TEXT = FigureText("Title", "Description")
_SVG = "{http://www.w3.org/2000/svg}"

_points = st.builds(
    MapPoint,
    st.text(max_size=30),
    st.integers(0, 10**12),
    st.sampled_from((None, "/city", "javascript:alert(1)")),
    st.floats(-200, 200),
    st.floats(-100, 100),
)


@pytest.mark.parametrize(
    ("place", "position"),
    [
        # Computed by PROJ 9.5.1, `+proj=eqearth +R=1`
        ((0, 0), (0, 0)),
        ((180, 0), (2.706629984, 0)),
        ((0, 90), (0, 1.317362759)),
        ((180, 90), (1.603588648, 1.317362759)),
        ((126.978, 37.5665), (1.717328318, 0.731588709)),
        ((-74, 40.7), (-0.98186209, 0.786841444)),
        ((-179.9, -60), (-2.037927276, -1.088300836)),
        ((90, 75), (0.872548771, 1.253482973)),
    ],
)
def test_the_projection_agrees_with_proj(
    place: tuple[float, float], position: tuple[float, float]
) -> None:
    """A place is where the reference implementation of projections has it."""
    assert project(*place) == pytest.approx(position, abs=1e-8)


def test_the_pole_line_is_shorter_than_the_equator_by_the_published_ratio() -> None:
    """The paper states a pole line of 0.59 of the equator, and a height of 0.49 of the width."""
    width, _ = project(180, 0)
    pole, height = project(180, 90)
    assert pole / width == pytest.approx(0.59, abs=0.005)
    assert height / width == pytest.approx(0.487, abs=0.001)


@given(st.floats(-180, 180), st.floats(-89.9, 89.9))
def test_the_projection_has_an_inverse(longitude: float, latitude: float) -> None:
    """A place that is projected and back again is the same place."""
    assert unproject(*project(longitude, latitude)) == pytest.approx(
        (longitude, latitude), abs=1e-6
    )


@given(st.floats(-179, 179), st.floats(-85, 85))
def test_areas_are_true(longitude: float, latitude: float) -> None:
    """A small square has the area on the map that it has on the sphere."""
    step = 0.001
    x0, y0 = project(longitude, latitude)
    x1, y1 = project(longitude + step, latitude)
    x2, y2 = project(longitude, latitude + step)
    area = abs((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
    true = math.radians(step) ** 2 * math.cos(math.radians(latitude))
    assert area == pytest.approx(true, rel=2e-3)


def test_the_land_of_the_world_is_on_its_map() -> None:
    """The path of the land is within the map of the world, and has less than 7 kB with gzip."""
    window = world()
    places = [(x / DETAIL, y / DETAIL) for x, y in path_points(world_land())]
    assert len(places) > 3000
    assert all(-0.5 <= x <= window.width + 0.5 for x, _ in places)
    assert all(-0.5 <= y <= window.height + 0.5 for _, y in places)


@pytest.mark.parametrize(
    ("name", "longitude", "latitude", "is_land"),
    [
        ("Seoul", 127.5, 37.0, True),
        ("Pacific", -140.0, 0.0, False),
        ("Chad", 18.0, 15.0, True),
        ("Chukotka, across the antimeridian", -175.0, 66.8, True),
        ("Fiji Sea", 179.0, -25.0, False),
        ("Guinea, west of Greenwich", -10.0, 10.5, True),
        ("Brazil", -52.0, -10.0, True),
        ("Atlantic", -30.0, 0.0, False),
    ],
)
def test_land_is_where_it_is(
    name: str, longitude: float, latitude: float, *, is_land: bool
) -> None:
    """On the world and on a regional map, land is where it is on earth, and sea is sea."""
    window = window_of([(longitude, latitude)], 420, 300, 16)
    for view, path in ((world(), world_land()), (window, region_paths(window)[0])):
        x, y = view.place(longitude, latitude)
        assert _is_inside(path, x * DETAIL, y * DETAIL) == is_land, name


def _is_inside(path: str, x: float, y: float) -> bool:
    """Return whether a point is in a path, by the rule of even and odd crossings."""
    is_in = False
    for ring in path.split("z"):
        places = list(path_points(ring))
        for n, (x2, y2) in enumerate(places):
            x1, y1 = places[n - 1]
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                is_in = not is_in
    return is_in


@pytest.mark.parametrize("is_region", [False, True])
@given(points=st.lists(_points, max_size=40))
def test_a_map_draws_inside_its_box(points: list[MapPoint], *, is_region: bool) -> None:
    """Whatever the places are, a map is well-formed and draws its circles in its box."""
    arcs = [MapArc("way", one, other) for one, other in pairwise(points)]
    valid = [point for point in points if point.latitude <= 85 and abs(point.longitude) <= 180]
    svg = parsed(str(point_map(_TEXT, valid, is_region=is_region, arcs=arcs)))
    left, top, right, bottom = view_box(svg)
    for tag, x, y in points_of(svg):
        if tag == "circle":
            assert left - 0.6 <= x <= right + 0.6
            assert top - 0.6 <= y <= bottom + 0.6
    for link in svg.iter(f"{_SVG}a"):
        assert link.attrib["href"] == "/city"


@given(points=st.lists(_points, max_size=60))
def test_circles_have_all_the_places_and_do_not_touch(points: list[MapPoint]) -> None:
    """Each place is in one circle of a layer; no circle covers another one."""
    joined: list[Sequence[MapPoint]] = []

    def address(places: Sequence[MapPoint]) -> str:
        joined.append(places)
        return "/cities"

    svg = parsed(str(point_map(_TEXT, points, address=address)))
    valid = [p for p in points if abs(p.longitude) <= 180 and abs(p.latitude) <= 90]
    for layer in ("f-wide", "f-narrow"):
        group = next(element for element in svg.iter() if element.get("class") == layer)
        circles = [
            tuple(float(circle.attrib[name]) for name in ("cx", "cy", "r"))
            for circle in group.iter(f"{_SVG}circle")
            if circle.attrib["class"] != "f-hit"
        ]
        for n, (x1, y1, r1) in enumerate(circles):
            for x2, y2, r2 in circles[:n]:
                assert math.hypot(x2 - x1, y2 - y1) >= r1 + r2 - 0.3
        assert bool(circles) == bool(valid)


def test_near_places_join_into_a_circle_with_their_sum() -> None:
    """Two near cities are one circle with the sum of their numbers, which leads to their list."""
    points = [
        MapPoint("Seoul", 40, "/seoul", 126.98, 37.57),
        MapPoint("Incheon", 2, "/incheon", 126.7, 37.46),
        MapPoint("Lima", 3, "/lima", -77.0, -12.0),
    ]
    svg = parsed(str(point_map(_TEXT, points, address=lambda places: f"/list?n={len(places)}")))
    links = {link.attrib["href"]: link.findtext(f"{_SVG}title") for link in svg.iter(f"{_SVG}a")}
    assert links == {"/list?n=2": "Seoul, Incheon: 42", "/lima": "Lima: 3"}


def test_a_region_across_the_antimeridian_is_drawn_around_it() -> None:
    """Suva and Apia are near each other on a regional map, though not by longitude."""
    window = window_of([(178.4, -18.1), (-171.8, -13.8)], 420, 300, 16)
    (x1, _), (x2, _) = window.place(178.4, -18.1), window.place(-171.8, -13.8)
    assert 0 < x1 < x2 < 420
    assert abs(window.longitude % 360 - 183.3) <= 1


@given(
    st.lists(st.tuples(st.floats(-180, 180), st.floats(-85, 85)), min_size=1, max_size=8).filter(
        lambda places: not is_far_apart(places)
    )
)
def test_a_window_has_all_its_places(places: list[tuple[float, float]]) -> None:
    """Places that are not too far apart are all inside the window around them."""
    window = window_of(places, 420, 300, 16)
    for place in places:
        x, y = window.place(*place)
        assert 0 <= x <= 420
        assert 0 <= y <= 300


def test_borders_are_drawn_on_regional_maps_only() -> None:
    """A map of the world, or of places that are far apart, has land only and no borders."""
    near = [MapPoint("Seoul", 1, None, 127, 37.5), MapPoint("Tokyo", 1, None, 139.7, 35.7)]
    far = [*near, MapPoint("Lima", 1, None, -77, -12)]
    assert "f-border" in point_map(_TEXT, near, is_region=True)
    assert has_borders(near, is_region=True)
    for points, is_region in ((near, False), (far, True), ([], True)):
        assert "f-border" not in point_map(_TEXT, points, is_region=is_region)
        assert not has_borders(points, is_region=is_region)


def test_ten_thousand_places_make_a_small_map() -> None:
    """Ten thousand places are joined into circles, so that the map stays below 100 kB."""
    points = [
        MapPoint(f"city {n}", 1, f"/c/{n}", (n * 137.5) % 360 - 180, (n * 61.8) % 140 - 60)
        for n in range(10_000)
    ]
    assert len(point_map(_TEXT, points, address=lambda _: "/cities")) < 100_000
