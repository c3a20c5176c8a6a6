"""The measure of the UN that an indicator of a site refines."""

import pytest

from urbansdg.loaders.sdg_sites.indicator_numbers import refined_measure


@pytest.mark.parametrize(
    ("indicator", "measure"),
    [
        ("11-1-1", "C110101"),
        ("11-1-1-a", "C110101"),
        ("4-1-1-2", "C040101"),
        ("5-5-2a", "C050502"),
        ("01-02-01", "C010201"),
        ("1-5-1", "C200303"),
        ("11-5-1", "C200303"),
        ("13-1-1", "C200303"),
        ("11-a-1", "C110a02"),
        ("1-2-9", "1.2"),
        ("12-1", "12.1"),
        ("12-a", "12.a"),
        ("12-12", "12"),
        ("7-8", "7"),
        ("10-x-1", "10"),
        ("99-1-1", None),
        ("hdi", None),
    ],
)
def test_an_indicator_is_below_the_nearest_measure_of_the_un(
    indicator: str, measure: str | None
) -> None:
    """An indicator is below the UN's indicator of its number, or else its target, or its goal."""
    assert refined_measure(indicator, {}) == measure


@pytest.mark.parametrize(
    ("fields", "measure"),
    [
        ({"indicator_number": "8.5.2"}, "C080502"),
        ({"indicator_number": "7-8"}, "7"),
        ({"target_id": "1.10"}, "1"),
        ({"target_id": "11.2"}, "11.2"),
        ({"sdg_goal": "11"}, "11"),
        ({"sdg_goal": "18"}, None),
    ],
)
def test_the_metadata_count_where_the_file_has_no_number(
    fields: dict[str, str], measure: str | None
) -> None:
    """An identifier that is not a number takes the measure of its metadata."""
    assert refined_measure("local-transport", fields) == measure
