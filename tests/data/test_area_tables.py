"""The bundled countries and statistical areas, against their source."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

Rows = list[dict[str, str]]

LANGUAGES = ("en", "fr", "es", "ru", "zh", "ar")
LEVELS = ("Global Code", "Region Code", "Sub-region Code", "Intermediate Region Code")
WORLD = "001"
COLUMNS = {  # of the source: the UN's short name, and the name in the M49 list
    "en": ("UNTERM English Short", "official_name_en"),
    "fr": ("UNTERM French Short", "official_name_fr"),
    "es": ("UNTERM Spanish Short", "official_name_es"),
    "ru": ("UNTERM Russian Short", "official_name_ru"),
    "zh": ("UNTERM Chinese Short", "official_name_cn"),
    "ar": ("UNTERM Arabic Short", "official_name_ar"),
}
CORRECTED = {
    "en": {"CIV"},
    "fr": {"IOT"},
    "ru": {"ALA", "ATA", "CCK", "CIV", "CXR", "CYM"},
    "ar": {"ATF", "BOL", "FSM", "IOT", "IRN", "NLD", "UMI", "VEN"},
}


def read(name: str) -> Rows:
    """Return the rows of a bundled table."""
    table = files("urbansdg.data").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(table.splitlines()))


@pytest.fixture(scope="module")
def countries() -> Rows:
    """Return the bundled countries."""
    return read("countries.csv")


@pytest.fixture(scope="module")
def areas() -> dict[str, str]:
    """Return the parent of each bundled area."""
    return {row["m49"]: row["within"] for row in read("areas.csv")}


@pytest.fixture(scope="module")
def source(shared: Path) -> dict[str, dict[str, str]]:
    """Return the rows of the source that data/SDG.md names, by ISO alpha-3 code."""
    file = shared / "data" / "country-codes-m49" / "country-codes.csv"
    with file.open(encoding="utf-8", newline="") as table:
        return {row["ISO3166-1-Alpha-3"]: row for row in csv.DictReader(table)}


def levels(row: dict[str, str]) -> list[str]:
    """Return the codes of the areas that a country of the source lies in, the largest first."""
    return [row[level].zfill(3) for level in LEVELS if row[level].strip()]


def chain(area: str, areas: dict[str, str]) -> list[str]:
    """Return an area and those it lies in, the smallest first; a circle fails."""
    areas_above = [area]
    while parent := areas[areas_above[-1]]:
        assert parent not in areas_above, f"{area} lies in itself"
        areas_above.append(parent)
    return areas_above


def test_each_of_249_countries_reaches_the_world(countries: Rows, areas: dict[str, str]) -> None:
    """Each of the 249 countries lies in an area and, through its parents, in the World."""
    assert len(countries) == 249
    assert {chain(country["within"], areas)[-1] for country in countries} == {WORLD}


def test_only_the_world_lies_in_nothing(areas: dict[str, str]) -> None:
    """Every area but the World has a parent, and the parent is an area of the table."""
    assert [area for area, parent in areas.items() if not parent] == [WORLD]
    assert set(areas.values()) - {""} <= set(areas)


def test_areas_have_unique_three_digit_codes() -> None:
    """An area is known by a code of three digits that no other area and no country has."""
    codes = [row["m49"] for name in ("areas.csv", "countries.csv") for row in read(name)]
    assert all(re.fullmatch(r"\d{3}", code) for code in codes)
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    ("column", "pattern"),
    [
        ("alpha2", r"[A-Z]{2}"),
        ("alpha3", r"[A-Z]{3}"),
        ("geonames", r"[1-9]\d*"),
        ("wikidata", r"Q[1-9]\d*"),
    ],
)
def test_an_identifier_of_a_country_is_well_formed_and_its_own(
    countries: Rows, column: str, pattern: str
) -> None:
    """An identifier of a country is well formed, and no other country has it."""
    counts = Counter(country[column] for country in countries)
    assert [value for value in counts if not re.fullmatch(pattern, value)] == []
    assert set(counts.values()) == {1}


@pytest.mark.parametrize("name", ["countries.csv", "areas.csv"])
def test_countries_and_areas_are_named_in_six_languages(name: str) -> None:
    """Countries and areas have names, without stray blanks, in the six languages of the UN."""
    named = [row[language] for row in read(name) for language in LANGUAGES]
    assert all(label and label == " ".join(label.split()) for label in named)


@pytest.mark.parametrize("name", ["countries.csv", "areas.csv"])
def test_no_two_countries_or_areas_share_a_name(name: str) -> None:
    """No two countries, and no two areas, have the same English name."""
    assert set(Counter(row["en"] for row in read(name)).values()) == {1}


@pytest.mark.parametrize(
    ("language", "script"), [("ru", "[Ѐ-ӿ]"), ("zh", "[㐀-鿿]"), ("ar", "[؀-ۿ]")]
)
def test_a_name_is_in_the_script_of_its_language(language: str, script: str) -> None:
    """A Russian, Chinese or Arabic name is in that language's script, with no Latin letter."""
    for row in (*read("countries.csv"), *read("areas.csv")):
        assert re.search(script, row[language]), row
        assert not re.search("[A-Za-z]", row[language]), row


def test_the_codes_of_countries_are_those_of_the_source(
    countries: Rows, source: dict[str, dict[str, str]]
) -> None:
    """The ISO, M49 and GeoNames codes of each country are those of the source."""
    columns = ("ISO3166-1-Alpha-2", "ISO3166-1-Alpha-3", "M49", "Geoname ID")
    theirs = {tuple(row[column].strip() for column in columns) for row in source.values()}
    ours = {
        (country["alpha2"], country["alpha3"], country["m49"].lstrip("0"), country["geonames"])
        for country in countries
    }
    assert ours == theirs


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_countries_are_those_of_the_source_except_the_corrected(
    countries: Rows, source: dict[str, dict[str, str]], language: str
) -> None:
    """A country is named as in the source, save where data/SDG.md says that it is corrected."""
    corrected = {
        country["alpha3"]
        for country in countries
        if country[language]
        not in {source[country["alpha3"]][name].strip() for name in COLUMNS[language]}
    }
    assert corrected == CORRECTED.get(language, set())


def test_wikidata_items_are_those_of_the_source_where_it_has_one(
    countries: Rows, source: dict[str, dict[str, str]]
) -> None:
    """The Wikidata item of a country is the source's; only Namibia's is missing there."""
    theirs = {code: row["wikidata_id"].rpartition("/")[2] for code, row in source.items()}
    differing = [
        country for country in countries if country["wikidata"] != theirs[country["alpha3"]]
    ]
    assert [(country["alpha3"], country["wikidata"]) for country in differing] == [("NAM", "Q1030")]


def test_countries_lie_where_the_source_says(
    countries: Rows, areas: dict[str, str], source: dict[str, dict[str, str]]
) -> None:
    """The areas above each country are those of the source; Antarctica lies in the World alone."""
    for country in countries:
        expected = levels(source[country["alpha3"]])
        assert chain(country["within"], areas)[::-1] == expected, country["en"]
    assert [country["alpha3"] for country in countries if country["within"] == WORLD] == ["ATA"]


def boxes(row: dict[str, str]) -> list[tuple[float, ...]]:
    """Return the boxes of a country: west, south, east and north."""
    return [tuple(map(float, box.split())) for box in row["extent"].split(" | ")]


def test_every_country_has_an_extent(countries: Rows) -> None:
    """Each country has boxes that are not empty and do not cross the antimeridian."""
    extents = read("country_extents.csv")
    assert [row["country"] for row in extents] == [row["alpha3"] for row in countries]
    for west, south, east, north in (box for row in extents for box in boxes(row)):
        assert -180 <= west < east <= 180
        assert -90 <= south < north <= 90


def test_the_extents_hold_the_outlines_of_the_source(shared: Path) -> None:
    """The extent of a country holds all of its outline in Natural Earth."""
    extents = {row["country"]: boxes(row) for row in read("country_extents.csv")}
    file = shared / "data" / "natural-earth" / "ne_110m_admin_0_countries.json"
    count = 0
    for feature in json.loads(file.read_text("utf-8"))["features"]:
        country = feature["properties"]["ADM0_A3"]
        for longitude, latitude in corners(feature["geometry"]) if country in extents else ():
            count += 1
            assert any(
                west <= longitude <= east and south <= latitude <= north
                for west, south, east, north in extents[country]
            ), (country, longitude, latitude)
    assert count > 10_000


def corners(geometry: dict[str, Any]) -> Iterator[list[float]]:
    """Give the corners of the outer rings of a geometry in GeoJSON."""
    several = geometry["type"] == "MultiPolygon"
    for polygon in geometry["coordinates"] if several else [geometry["coordinates"]]:
        yield from polygon[0]
