"""Charts: all that they draw is in their box, whatever the values and the labels are."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from tests.endpoint.figures.svg_boxes import parsed, points_of, view_box
from urbansdg.endpoint.figures.bar_chart import MOST_BARS, bar_chart, bar_groups
from urbansdg.endpoint.figures.figure_data import (
    WIDTH,
    ChartSeries,
    FigureTable,
    FigureText,
    GoalValues,
    TimeSpan,
)
from urbansdg.endpoint.figures.figure_frame import figure_frame
from urbansdg.endpoint.figures.goal_chart import goal_chart
from urbansdg.endpoint.figures.line_chart import MOST_LINES, apart, line_chart, slope_chart
from urbansdg.endpoint.figures.svg_markup import cut, number, text_width
from urbansdg.endpoint.figures.timeline import timeline
from urbansdg.endpoint.figures.value_scale import LinearScale, written, year_of
from urbansdg.endpoint.html.interface_texts import LANGUAGES, direction_of, locale_of
from urbansdg.endpoint.html.locale_formats import currency_name
from urbansdg.endpoint.pages.things.drawings.city_figures import time_span

_HOSTILE: Final = "\"><script>alert(1)</script>&'\x00\x1b\u202e\ud800]]>"

_labels = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        (_HOSTILE, "수도권 광역 대중교통 환승 할인 " * 5, "النقل العام المستدام " * 6, "")
    ),
)
_values = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True),
    st.integers(-(10**15), 10**15).map(Decimal),
    st.sampled_from((Decimal(0), Decimal("1e400"), Decimal("-1e-400"), Decimal("1e299"))),
)
_texts = st.builds(
    lambda title, language, unit: FigureText(title, title, language, direction_of(language), unit),
    _labels,
    st.sampled_from(LANGUAGES),
    st.sampled_from(("", "South Korean won (KRW)", _HOSTILE, "won " * 60)),
)
_times = st.one_of(
    st.none(),
    st.integers(0, 9999).map(lambda year: f"{year:04}"),
    st.dates().map(lambda day: day.isoformat()),
    st.sampled_from(("2019-13", "0000-00-00", "-0044", "soon", "2019-02", "2019-06-30T10:00:00Z")),
)
_addresses = st.sampled_from((None, "/cities?a=1&b=2", "javascript:alert(1)", 'x" onload="y'))


def _bars(text: FigureText, rows: list[tuple[str, Decimal, str | None]]) -> Markup:
    return bar_chart(text, rows, goals=("11", "99", "x", "-1", "007"))


def _groups(text: FigureText, rows: list[tuple[str, Decimal, str | None]]) -> Markup:
    return bar_groups(text, [("", rows[:3]), (text.title, rows[3:]), ("none", [])])


def _lines(text: FigureText, rows: list[tuple[str, Decimal, str | None]]) -> Markup:
    series = [
        ChartSeries(name, tuple((str(2000 + k), row[1]) for k, row in enumerate(rows)), href)
        for name, _, href in rows[:12]
    ]
    return line_chart(text, series)


def _categories(text: FigureText, rows: list[tuple[str, Decimal, str | None]]) -> Markup:
    return line_chart(text, [ChartSeries("one", tuple((name, value) for name, value, _ in rows))])


def _slopes(text: FigureText, rows: list[tuple[str, Decimal, str | None]]) -> Markup:
    slopes = [(name, value, rows[-n][1]) for n, (name, value, _) in enumerate(rows)]
    return slope_chart(text, ("before", _HOSTILE), slopes)


def _goals(text: FigureText, rows: list[tuple[str, Decimal, str | None]]) -> Markup:
    values = tuple((name, value.copy_abs()) for name, value, _ in rows)
    panels = [GoalValues(str(n), name, values, href) for n, (name, _, href) in enumerate(rows)]
    return goal_chart(text, panels)


_CHARTS: Final[tuple[Callable[..., Markup], ...]] = (
    _bars,
    _groups,
    _lines,
    _categories,
    _slopes,
    _goals,
)
_rows = st.lists(st.tuples(_labels, _values, _addresses), max_size=50)
_quick = settings(suppress_health_check=list(HealthCheck))


def _check(svg: Markup) -> None:
    root = parsed(str(svg))
    left, top, right, bottom = view_box(root)
    for tag, x, y in points_of(root):
        assert left - 0.6 <= x <= right + 0.6, (tag, x, y)
        assert top - 0.6 <= y <= bottom + 0.6, (tag, x, y)
    assert not re.search(r"\b(?:nan|inf)\b", re.sub(r">[^<]*<", "><", str(svg)).lower())
    assert "script>" not in str(svg).replace("&lt;script&gt;", "").replace("script&gt;", "")
    for link in root.iter("{http://www.w3.org/2000/svg}a"):
        assert link.attrib["href"].startswith("/")
    title, description = list(root)[:2]
    assert root.attrib["aria-labelledby"] == title.attrib["id"]
    assert root.attrib["aria-describedby"] == description.attrib["id"]
    has_links = next(root.iter("{http://www.w3.org/2000/svg}a"), None) is not None
    assert root.attrib["role"] == ("group" if has_links else "img")


@pytest.mark.parametrize("chart", _CHARTS)
@given(text=_texts, rows=_rows)
@_quick
def test_a_chart_draws_inside_its_box(
    chart: Callable[..., Markup], text: FigureText, rows: list[tuple[str, Decimal, str | None]]
) -> None:
    """Whatever the labels and the values are, a chart is well-formed and within its view box."""
    _check(chart(text, rows))


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_value_beside_a_slope_ends_at_the_edge(language: str) -> None:
    """A value that takes all the room beside a slope does not leave the view box."""
    text = FigureText("title", "title", language, direction_of(language))
    values = [Decimal(f"-{digits}.3e12") for digits in ("1930", "19306", "193066", "1930666")]
    for value in values:
        _check(slope_chart(text, ("before", "after"), [("row", value, value)]))


@given(
    text=_texts,
    rows=st.lists(st.builds(TimeSpan, _labels, _times, _times, _addresses, st.booleans())),
)
@_quick
def test_a_timeline_draws_inside_its_box(text: FigureText, rows: list[TimeSpan]) -> None:
    """Whatever the dates are, a timeline is well-formed and within its view box."""
    _check(timeline(text, rows))


def test_what_goes_on_reaches_past_this_year() -> None:
    """A span without an end goes to the edge of an axis that has this year, however old it is."""
    text = FigureText("Stages", "Stages")
    drawn = str(timeline(text, [TimeSpan("Charge", "2003-02-17", None)]))
    years = [int(year) for year in re.findall(r">(\d{4})<", drawn)]
    assert years[0] <= 2005
    assert years[-1] >= datetime.now(UTC).year - 5
    (bar,) = re.findall(r'<rect class="f-bar" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', drawn)
    assert sum(map(float, bar)) == WIDTH - 8
    assert drawn.count('<path class="f-bar"') == 1  # the arrow


@pytest.mark.parametrize(
    ("status", "end", "is_event"),
    [
        ("#completed", "", True),
        ("#ended", "", True),
        ("#completed", "2005", False),
        ("#in-progress", "", False),
        ("", "", False),
    ],
)
def test_what_is_over_does_not_go_on(status: str, end: str, *, is_event: bool) -> None:
    """A policy that is over, on a day that is not known, is drawn by its start."""
    assert time_span("Reform", "2004-07", end, status).is_event is is_event


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_chart_names_its_unit(language: str) -> None:
    """Bars and lines have the unit as the title of their axis, and in their description."""
    unit = currency_name("KRW", locale_of(language))
    text = FigureText("Costs", "Bars", language, direction_of(language), unit)
    rows = [("2019", Decimal(3), None), ("2020", Decimal(4), None)]
    line = ChartSeries("one", (("2019", Decimal(3)), ("2020", Decimal(4))))
    for drawn in (str(bar_chart(text, rows)), str(line_chart(text, [line]))):
        assert f">{unit}</text>" in drawn
        assert re.search(rf"<desc[^>]*>Bars [^<]*{re.escape(unit)}", drawn)


@pytest.mark.parametrize("chart", _CHARTS)
@pytest.mark.parametrize("value", [Decimal(0), Decimal(7), Decimal(-7), Decimal("NaN")])
def test_equal_values_and_a_single_one_are_drawn(
    chart: Callable[..., Markup], value: Decimal
) -> None:
    """A single value, and values that are all equal, are drawn."""
    text = FigureText("Title", "Description")
    for size in (0, 1, 4):
        _check(chart(text, [(f"row {n}", value, None) for n in range(size)]))


def test_a_single_year_stands_between_its_neighbours() -> None:
    """The axis of a line chart with one year has this year and the two beside it."""
    text = FigureText("Values", "Values", "en", "ltr")
    drawn = str(line_chart(text, [ChartSeries("one", (("2019", Decimal(80)),))]))
    assert re.findall(r">(\d,?\d{3})<", drawn) == ["2018", "2019", "2020"]


@pytest.mark.parametrize("chart", _CHARTS)
def test_ten_thousand_rows_make_a_small_drawing(chart: Callable[..., Markup]) -> None:
    """Ten thousand rows make a drawing of less than 60 kB that says how many are left out."""
    text = FigureText("Title", "Description")
    rows = [(f"row {n}", Decimal(n % 97), None) for n in range(10_000)]
    svg = chart(text, rows)
    _check(svg)
    assert len(svg) < 60_000


def test_a_chart_says_how_many_rows_it_leaves_out() -> None:
    """Bars and lines beyond the most that are drawn are counted in a note."""
    text = FigureText("Title", "Description")
    bars = [(f"row {n}", Decimal(n), None) for n in range(MOST_BARS + 5)]
    assert "5 more" in bar_chart(text, bars)
    lines = [ChartSeries(f"line {n}", (("2000", Decimal(n)),)) for n in range(MOST_LINES + 3)]
    assert "3 more" in line_chart(text, lines)


def test_bars_are_as_long_as_their_values() -> None:
    """The lengths of bars are in proportion to their values, from the same zero."""
    rows = [("a", Decimal(40), None), ("b", Decimal(10), None), ("c", Decimal(-10), None)]
    svg = parsed(str(bar_chart(FigureText("Title", "Description"), rows)))
    bars = [rect for rect in svg.iter() if rect.get("class") == "f-bar"]
    starts = [float(bar.attrib["x"]) for bar in bars]
    assert [float(bar.attrib["width"]) for bar in bars] == [336, 84, 84]
    assert starts == [84, 84, 0]


def test_a_chart_in_arabic_grows_from_the_right() -> None:
    """In a language that reads from right to left, bars begin at the right edge."""
    rows = [("a", Decimal(40), None), ("b", Decimal(10), None)]
    svg = parsed(str(bar_chart(FigureText("عنوان", "وصف", "ar", "rtl"), rows)))
    bars = [rect for rect in svg.iter() if rect.get("class") == "f-bar"]
    assert {float(bar.attrib["x"]) + float(bar.attrib["width"]) for bar in bars} == {420}


def test_lines_have_their_own_pattern_and_mark() -> None:
    """No two lines differ by colour alone: each has its own pattern of dashes or its own mark."""
    series = [ChartSeries(f"line {n}", (("2000", Decimal(n)),)) for n in range(MOST_LINES)]
    svg = parsed(str(line_chart(FigureText("Title", "Description"), series)))
    marks = [
        (re.sub(r"^M[\d.]+ [\d.]+", "", path.attrib["d"]), "f-empty" in path.attrib["class"])
        for path in svg.iter()
        if path.get("class", "").startswith("f-mark")
    ]
    assert len(set(marks)) == MOST_LINES


@given(st.lists(st.floats(-1e3, 1e3), max_size=20))
def test_labels_are_moved_apart(places: list[float]) -> None:
    """Positions that are moved apart keep their order and have the distance between them."""
    moved = sorted(apart(places, 15))
    assert all(after - before >= 14.999 for before, after in pairwise(moved))


@given(st.text(max_size=400), st.floats(30, 500))
def test_a_cut_text_fits(text: str, width: float) -> None:
    """A text cut to a width is not wider than it."""
    assert text_width(cut(text, width)) <= width


@given(st.lists(st.floats(-1e12, 1e12, allow_nan=False), min_size=1, max_size=20))
def test_a_scale_has_a_few_round_ticks(values: list[float]) -> None:
    """The rounded scale of some values has two to seven ticks within it, and all the values."""
    scale = LinearScale.over(values, 0, 100).rounded()
    ticks = scale.ticks()
    assert 2 <= len(ticks) <= 8
    assert all(-0.001 <= scale(value) <= 100.001 for value in (*values, *ticks))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "1.2M"),
        ("ko", "123.5만"),
        ("fr", "1,2\xa0M"),
        ("ar", "1.2\xa0مليون"),
        ("zh", "123.5万"),
    ],
)
def test_large_numbers_are_short_by_the_language(language: str, text: str) -> None:
    """Large numbers are in the short form of CLDR for the language."""
    assert written(Decimal(1_234_567), language) == text


@pytest.mark.parametrize(
    ("text", "at_end", "year"),
    [("2019", False, 2019), ("2019", True, 2020), ("2019-01-01", False, 2019), ("x", True, None)],
)
def test_a_date_has_its_place_on_the_axis(text: str, at_end: bool, year: float | None) -> None:  # noqa: FBT001
    """A year lasts until the next one; what is not a date has no place."""
    assert year_of(text, at_end=at_end) == year


def test_a_coordinate_is_a_finite_number() -> None:
    """A coordinate that is not finite is refused, and minus zero is written as zero."""
    assert number(-0.01) == "0"
    with pytest.raises(ValueError, match="nan"):
        number(float("nan"))


def test_the_frame_has_the_table_of_the_figure() -> None:
    """A figure on a page has its caption and its table; hostile cells are escaped."""
    text = FigureText("Policies", "By city", "fr")
    table = FigureTable(
        ("City", "Policies"),
        ((("Seoul", "/city"), Decimal(1234567)), (_HOSTILE, Decimal("NaN"))),
    )
    frame = figure_frame(bar_chart(text, ()), text, table, has_borders=True, image="/figure/x.svg")
    assert "<figcaption>Policies</figcaption>" in frame
    assert '<th scope="row"><a href="/city"><bdi>Seoul</bdi></a></th>' in frame
    assert "1\u202f234\u202f567" in frame
    assert "<script" not in frame
    assert "Nations Unies" in frame
