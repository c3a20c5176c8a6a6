"""The areas of a site's values: what rows name, what metadata cover, comparators."""

import pytest

from tests.loaders.sdg_sites.conftest import LOS_ANGELES, ReadSite, WriteSite
from urbansdg.errors import SourceUnreadable
from urbansdg.loaders.sdg_sites.site_areas import area_column

_BERLIN = "2950159"


@pytest.mark.parametrize(
    "title",
    [
        *("REF_AREA", "GeoCode", "Region", "Region name", "Area", "Area code", "Gebiet", "Land"),
        *("Bundesland", "State", "District", "Ward", "Country", "Local authority", "County"),
        *("Municipality", "Province", "Name of region", "Stadtteil", "Kreis", "지역", "省", "City"),
        *("Borough", "Département", "Comunidad Autónoma", "Geographical area", "Comparator"),
        *("Country code", "Ward code", "geo_code", "Область", "Place of residence", "NUTS code"),
    ],
)
def test_a_column_with_such_a_title_names_areas(title: str) -> None:
    """Columns of regions, districts, wards, countries and codes of areas are understood."""
    assert area_column(0, title) is not None


@pytest.mark.parametrize(
    "title",
    [
        *("Group", "Sex", "Country of birth", "World Region of Origin", "Country Group", "Units"),
        *("City of LA Department", "Agency", "Birthplace", "Series", "Type", "Partner country"),
        *("Nationality", "Season", "Station", "Grade", "Country of citizenship", "Statement"),
    ],
)
def test_a_column_about_people_names_no_area(title: str) -> None:
    """Origin, citizenship and agencies describe what is counted, and not where."""
    assert area_column(0, title) is None


@pytest.mark.parametrize("title", ["REF_AREA", "GeoCode", "Region", "Area", "State", "Country"])
def test_a_row_of_another_area_is_never_a_value_of_the_city(
    title: str, write_site: WriteSite, read_site: ReadSite
) -> None:
    """A known area gets its value, an unknown one leaves its row out, and an empty cell is LA."""
    table = f"Year,{title},Value\n2020,,1\n2020,Nowhereland,2\n2020,US-CA,3\n2020,USA,4\n"
    rows = read_site(write_site({"data/indicator_8-5-2.csv": table}))
    assert [(row.value, row.area) for row in rows] == [
        ("1", LOS_ANGELES),
        ("3", "US-CA"),
        ("4", "USA"),
    ]
    (problem,) = read_site.problems
    assert problem[:2] == ("indicator_8-5-2.csv", 3)
    assert "Nowhereland" in read_site.messages[0]
    assert read_site.rows_left_out == 1


def test_the_most_specific_area_of_a_row_counts(write_site: WriteSite, read_site: ReadSite) -> None:
    """A ward counts before its region and country, and a region that is unknown is not widened."""
    table = (
        "Year,Country,Region,Ward,GeoCode,Value\n"
        "2020,USA,California,Venice,X01,1\n"
        "2020,USA,California,,X02,2\n"
        "2020,USA,,,X03,3\n"
        "2020,USA,Lost Region,,X04,4\n"
        "2021,,,,US-CA,5\n"
        "2021,,Lost Region,,USA,6\n"
    )
    rows = read_site(write_site({"data/indicator_8-5-2.csv": table}))
    assert [(row.value, row.area) for row in rows] == [
        ("1", f"{LOS_ANGELES}-venice"),
        ("2", "US-CA"),
        ("3", "USA"),
        ("5", "US-CA"),
        ("6", "USA"),
    ]
    assert [row for _, row, _ in read_site.problems] == [5]


def test_a_ward_is_an_area_of_the_city(write_site: WriteSite, read_site: ReadSite) -> None:
    """A ward becomes an area of the city with its name; the city's own name is the city."""
    table = "Year,Ward,Value\n2020,Venice,1\n2021,Los Angeles,2\n2020,Total,3\n"
    rows = read_site(write_site({"data/indicator_8-5-2.csv": table}))
    assert [row.area for row in rows] == [f"{LOS_ANGELES}-venice", LOS_ANGELES, LOS_ANGELES]
    stated = read_site.select(
        "SELECT ?name ?city { ?a a usdg:CityArea ; usdg:areaOf ?city ; skos:prefLabel ?name }"
    )
    assert stated == [("Venice", LOS_ANGELES)]


@pytest.mark.parametrize(
    ("coverage", "area"),
    [
        ("City of Los Angeles", LOS_ANGELES),
        ("Los Angeles", LOS_ANGELES),
        ("", LOS_ANGELES),
        ("State of California", "US-CA"),
        ("United States of America", "USA"),
        ("Los Angeles County", f"{LOS_ANGELES}-los-angeles-county"),
    ],
)
def test_values_are_of_the_area_that_the_metadata_cover(
    coverage: str, area: str, write_site: WriteSite, read_site: ReadSite
) -> None:
    """An indicator that covers the county, the state or the nation has no values of the city."""
    site = write_site(
        {
            "data/indicator_8-5-2.csv": "Year,Value\n2020,7\n",
            "meta/8-5-2.yml": f"national_geographical_coverage: '{coverage}'\n",
        }
    )
    assert [row.area for row in read_site(site)] == [area]


@pytest.mark.parametrize("coverage", ["State of Wyoming", "Wyoming", "Atlantis", "Oz (part)"])
def test_values_of_a_place_that_is_unknown_are_left_out(
    coverage: str, write_site: WriteSite, read_site: ReadSite
) -> None:
    """A place that the graph does not have is no area of the city: its values are left out."""
    site = write_site(
        {
            "data/indicator_8-5-2.csv": "Year,Value\n2020,7\n",
            "meta/8-5-2.yml": f"national_geographical_coverage: {coverage}\n",
        }
    )
    assert read_site(site) == []
    assert len(read_site.problems) == 1


@pytest.mark.parametrize("group", ["Deutschland", "Germany", "Bund", "Familien DE", "Allemagne"])
def test_a_group_that_names_the_nation_is_of_the_nation(
    group: str, write_site: WriteSite, read_site: ReadSite
) -> None:
    """Comparators in a column of groups are values of the nation, and never of the city."""
    table = f"Year,Gruppe,Value\n2020,,1\n2020,{group},2\n2020,Familien SH,3\n"
    rows = read_site(write_site({"data/indicator_1-4-1.csv": table}), _BERLIN)
    assert [(row.value, row.area) for row in rows] == [
        ("1", _BERLIN),
        ("2", "DEU"),
        ("3", _BERLIN),
    ]


def test_a_group_that_only_looks_like_a_nation_is_a_breakdown(
    write_site: WriteSite, read_site: ReadSite
) -> None:
    """A citizenship, and a code after a word that has no pair, stay breakdowns of the city."""
    table = "Year,Citizenship group,Type,Value\n2020,German,,1\n2020,,Road DE,2\n"
    rows = read_site(write_site({"data/indicator_1-4-1.csv": table}), _BERLIN)
    assert [row.area for row in rows] == [_BERLIN, _BERLIN]


def test_units_that_name_areas_are_areas(write_site: WriteSite, read_site: ReadSite) -> None:
    """A column of units with the city's name holds areas; the unit is that of the metadata."""
    site = write_site(
        {
            "data/indicator_3-6-1.csv": "Year,Units,Value\n2015,City of Los Angeles,200\n"
            "2015,Los Angeles County,600\n",
            "meta/3-6-1.yml": "computation_units: Deaths\n",
        }
    )
    rows = read_site(site)
    assert [(row.value, row.unit, row.area) for row in rows] == [
        ("200", "Deaths", LOS_ANGELES),
        ("600", "Deaths", f"{LOS_ANGELES}-los-angeles-county"),
    ]


def test_a_site_of_a_country_needs_no_city(write_site: WriteSite, read_site: ReadSite) -> None:
    """A site is about the country of its configuration, or the only place that it covers."""
    site = write_site(
        {
            "data/indicator_8-5-2.csv": "Year,Value\n2020,7\n",
            "data/indicator_8-5-1.csv": "Year,Value\n2020,8\n",
            "meta/8-5-2.yml": "national_geographical_coverage: United States\n",
        }
    )
    assert [row.area for row in read_site(site, None)] == ["USA", "USA"]


def test_a_city_that_no_indicator_covers_is_one_warning(
    write_site: WriteSite, read_site: ReadSite
) -> None:
    """If all coverages are one other place, a warning says which values are stated of the city."""
    site = write_site(
        {
            "data/indicator_8-5-2.csv": "Year,Value\n2020,7\n",
            "data/indicator_8-5-1.csv": "Year,Value\n2020,8\n",
            "meta/8-5-2.yml": "national_geographical_coverage: United States\n",
        }
    )
    assert [row.area for row in read_site(site)] == ["USA", LOS_ANGELES]
    assert read_site.codes() == ["other-coverage"]


def test_the_coverage_may_be_a_key(write_site: WriteSite, read_site: ReadSite) -> None:
    """A translation key as coverage is the area that its text names."""
    site = write_site(
        {
            "data/indicator_8-5-2.csv": "Year,Value\n2020,7\n",
            "meta/8-5-2.yml": "national_geographical_coverage: custom.armenia\n",
            "translations/en/custom.yml": "armenia: Armenia\n",
        }
    )
    assert [row.area for row in read_site(site, None)] == ["ARM"]


def test_the_configuration_may_name_the_country(write_site: WriteSite, read_site: ReadSite) -> None:
    """`country` in the configuration of the site is its place."""
    site = write_site(
        {
            "data/indicator_8-5-2.csv": "Year,Value\n2020,7\n",
            "_config.yml": "country: {name: Germany, adjective: German}\n",
        }
    )
    assert [row.area for row in read_site(site, None)] == ["DEU"]


def test_a_site_that_names_no_place_is_one_problem(
    write_site: WriteSite, read_site: ReadSite
) -> None:
    """Without `--city`, a site that covers no place or several is refused with one message."""
    files = {"data/indicator_8-5-2.csv": "Year,Value\n2020,7\n"}
    with pytest.raises(SourceUnreadable, match="does not name the city"):
        read_site(write_site(files), None)
