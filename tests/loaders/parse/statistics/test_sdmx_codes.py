"""The codes of the UN's SDMX structure that breakdowns in words stand for."""

import pytest

from urbansdg.loaders.parse.statistics.sdmx_codes import (
    dimension_code,
    divide_breakdown,
    urbanisation_code,
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("15-24", "Y15T24"),
        ("15 to 24 years", "Y15T24"),
        ("25\u201364", "Y25T64"),
        ("65+", "Y_GE65"),
        ("65 years and over", "Y_GE65"),
        ("85 or older", "Y_GE85"),
        ("Under 18", "Y_LT18"),
        ("<5", "Y_LT5"),
        ("unter 18", "Y_LT18"),
        ("Y0T4", "Y0T4"),
        ("_T", "_T"),
        ("All ages", "_T"),
        ("15", "Y15"),
        ("65 plus", "Y_GE65"),
        ("15세 이상", "Y_GE15"),
        ("65 ans et plus", "Y_GE65"),
        ("menos de 15 años", "Y_LT15"),
        ("0-23 months", "M0T23"),
        ("15-24 (youth)", "Y15T24"),
        ("Children", None),
        ("15-24, 65+", None),
    ],
)
def test_an_age_in_words_has_a_code(text: str, code: str | None) -> None:
    """A span, a lower and an upper limit of an age have codes; a word for an age has none."""
    assert dimension_code("age", text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Female", "F"),
        ("Männlich", "M"),
        ("F", "F"),
        ("여성", "F"),
        ("Total", "_T"),
        ("Other", None),
    ],
)
def test_a_sex_in_words_has_a_code(text: str, code: str | None) -> None:
    """A sex has its code in several languages, and both together have that of the total."""
    assert dimension_code("sex", text) == code


def test_a_degree_of_urbanisation_has_a_code() -> None:
    """Urban and rural have codes; the name of a district has none."""
    texts = ("Urban", "RURAL", "_T", "Harbour")
    assert [urbanisation_code(text) for text in texts] == ["U", "R", "_T", None]


def test_what_has_no_code_stays_a_breakdown_in_words() -> None:
    """Columns with codes become dimensions; a second column of one dimension stays in words."""
    by = {"Gender": "Women", "Age Group": "Children", "Line": "4", "Sex": "Men"}
    assert divide_breakdown(by) == (
        {"sex": "F"},
        {"Age Group": "Children", "Line": "4", "Sex": "Men"},
    )


@pytest.mark.parametrize(
    ("dimension", "text", "code"),
    [
        ("income", "Q1 (poorest)", "Q1"),
        ("income", "5분위", "Q5"),
        ("income", "Rich", None),
        ("education", "Lower secondary", "ISCED11_2"),
        ("education", "ISCED11_3", "ISCED11_3"),
        ("disability", "Persons with disabilities", "PD"),
        ("disability", "sans handicap", "PWD"),
        ("occupation", "Managers", None),
        ("activity", "ISIC4_A", "ISIC4_A"),
        ("product", "Total", "_T"),
    ],
)
def test_other_dimensions_have_codes_of_the_un(dimension: str, text: str, code: str | None) -> None:
    """A value in words has the code of its list; one that no list has stays in words."""
    assert dimension_code(dimension, text) == code
